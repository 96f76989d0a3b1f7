"""Events: each is kept once and applied once, with its effect in one transaction.

An event of a type that is not in `APPLIED` is kept and acknowledged. One that cannot be applied is
kept as failed, after everything that it did was rolled back, and answered with 500: Paddle sends it
again (60 times in 3 days; 3 times in 15 minutes in a sandbox), and `make paddle-replay` is there
for when the reason is mended. https://developer.paddle.com/webhooks/about/respond-to-webhooks
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unavailable
from app.integrations.paddle.entities import Customer, Event, Subscription, Transaction
from app.integrations.paddle.errors import EventNotApplied
from app.integrations.paddle.models import EventState, PaddleEvent
from app.integrations.paddle.store import store_customers, store_subscriptions, store_transactions

Outcome = Literal["applied", "kept", "repeated"]

log = structlog.get_logger()


async def _apply_customer(session: AsyncSession, event: Event) -> None:
    await store_customers(session, [Customer.model_validate(event.data)], event=event)


async def _apply_subscription(session: AsyncSession, event: Event) -> None:
    await store_subscriptions(session, [Subscription.model_validate(event.data)], event=event)


async def _apply_transaction(session: AsyncSession, event: Event) -> None:
    await store_transactions(session, [Transaction.model_validate(event.data)], event=event)


APPLIED: Mapping[str, Callable[[AsyncSession, Event], Awaitable[None]]] = MappingProxyType(
    {
        "customer.created": _apply_customer,
        "customer.imported": _apply_customer,
        "customer.updated": _apply_customer,
        "subscription.activated": _apply_subscription,
        "subscription.canceled": _apply_subscription,
        "subscription.created": _apply_subscription,
        "subscription.imported": _apply_subscription,
        "subscription.past_due": _apply_subscription,
        "subscription.paused": _apply_subscription,
        "subscription.resumed": _apply_subscription,
        "subscription.trialing": _apply_subscription,
        "subscription.updated": _apply_subscription,
        "transaction.billed": _apply_transaction,
        "transaction.canceled": _apply_transaction,
        "transaction.completed": _apply_transaction,
        "transaction.created": _apply_transaction,
        "transaction.paid": _apply_transaction,
        "transaction.past_due": _apply_transaction,
        "transaction.payment_failed": _apply_transaction,
        "transaction.ready": _apply_transaction,
        "transaction.revised": _apply_transaction,
        "transaction.updated": _apply_transaction,
    }
)
"""What each event does. All others are kept on purpose: adjustments, payouts, products, prices and
what Paddle adds are read where they are needed, from `paddle_events` or from Paddle."""


async def receive_event(session: AsyncSession, event: Event, payload: dict[str, object]) -> Outcome:
    """Keep an event and apply it, unless that has been done.

    Args:
        session: Its transaction holds all of it; it is committed here only if the event failed.
        event: The event.
        payload: The body that it was read from.

    Raises:
        EventNotApplied: It could not be applied. It is kept as failed, and nothing else is.
    """
    is_applied = event.event_type in APPLIED
    state = EventState.APPLIED if is_applied else EventState.KEPT
    try:
        if not await _keep(session, event, payload, state=state):
            return "repeated"
        if is_applied:
            await APPLIED[event.event_type](session, event)
    except Unavailable:  # the database: it cannot keep the event either
        raise
    except Exception as error:
        log.exception("paddle_event_failed", event_id=event.event_id, type=event.event_type)
        # conventions: ignore[commit-in-service] what failed must not stay, but that it failed must
        await session.rollback()
        await _keep(session, event, payload, state=EventState.FAILED)
        # conventions: ignore[commit-in-service] the answer is an error, which would roll this back
        await session.commit()
        raise EventNotApplied from error
    return "applied" if is_applied else "kept"


async def replay_event(session: AsyncSession, kept: PaddleEvent) -> bool:
    """Apply an event that is kept; one that was applied changes nothing but what it did wrong.

    Returns:
        Whether events of its type are applied.
    """
    event = Event.model_validate(kept.payload)
    if event.event_type not in APPLIED:
        return False
    await APPLIED[event.event_type](session, event)
    kept.state, kept.applied_at = EventState.APPLIED, datetime.now(UTC)
    return True


_new = insert(PaddleEvent)
_KEEP = _new.on_conflict_do_update(
    index_elements=[PaddleEvent.event_id],
    set_={"state": _new.excluded.state, "applied_at": _new.excluded.applied_at},
    where=PaddleEvent.state == EventState.FAILED,
).returning(PaddleEvent.event_id)


async def _keep(
    session: AsyncSession, event: Event, payload: dict[str, object], *, state: EventState
) -> bool:
    """Return whether the event is new, or has failed before; of many at once, one is."""
    row = {
        "event_id": event.event_id,
        "type": event.event_type,
        "occurred_at": event.occurred_at,
        "payload": payload,
        "state": state,
        "applied_at": datetime.now(UTC) if state is EventState.APPLIED else None,
    }
    connection = await session.connection()
    return await connection.scalar(_KEEP, row) is not None
