"""Webhook events: each is stored once and applied once, together with its effect.

An event of a type that is not in `APPLIED` is stored and acknowledged. One that cannot be applied
is rolled back and stored as failed, and the response is a 500: Paddle retries (60 times in 3 days;
3 times in 15 minutes in a sandbox), and `make paddle-replay` applies it once the cause is fixed.
https://developer.paddle.com/webhooks/about/respond-to-webhooks
"""

import re
from datetime import UTC, datetime
from time import time

import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.errors import is_outage
from app.core.services import get
from app.integrations.paddle.entities import Customer, Event, Row, Subscription, Transaction
from app.integrations.paddle.errors import EventNotApplied, InvalidEvent
from app.integrations.paddle.models import EventState, PaddleEvent
from app.integrations.paddle.schemas import Outcome, ReceivedOut
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.signature import check_signature
from app.integrations.paddle.statements import event_row
from app.integrations.paddle.store import (
    RepeatedEvent,
    store_customers,
    store_event,
    store_subscriptions,
    store_transactions,
)

APPLIED = frozenset(
    f"{kind}.{change}"
    for kind, changes in {
        "customer": "created imported updated",
        "subscription": "activated canceled created imported past_due paused resumed trialing "
        "updated",
        "transaction": "billed canceled completed created paid past_due payment_failed ready "
        "revised updated",
    }.items()
    for change in changes.split()
)
"""The types of events that change a table. The others are stored for later use: adjustments,
payouts, products, prices, and types that Paddle adds."""

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""A character that PostgreSQL cannot store, and that is replaced: no event is lost because of it.
After an odd number of backslashes `u0000` is that character, after an even number it is text."""

log = structlog.get_logger()


async def receive_event(
    session: AsyncSession, body: bytes, *, signature: str | None
) -> ReceivedOut:
    """Store and apply a signed event, unless it is a repeated one.

    Args:
        session: The transaction of the request; committed here only if the event failed.
        body: The raw body.
        signature: The header `Paddle-Signature`.

    Raises:
        InvalidSignature: Paddle has not signed the body, or too long ago.
        InvalidEvent: The body is not an event.
        EventNotApplied: The event could not be applied. It is stored as failed, without effect.
    """
    settings = get(PaddleSettings)
    secrets, tolerance = settings.paddle_webhook_secret, settings.paddle_webhook_tolerance_seconds
    check_signature(signature, body, secrets=secrets, now=time(), tolerance=tolerance)
    try:
        text = _NUL.sub(rb"\1\\ufffd", body) if rb"\u0000" in body else body
        event = Event.model_validate(orjson.loads(text))
    except (orjson.JSONDecodeError, ValidationError):
        raise InvalidEvent from None
    try:
        outcome = await _store_and_apply(session, event, text.decode())
    except RepeatedEvent:
        outcome = "repeated"
    return ReceivedOut(event_id=event.event_id, outcome=outcome)


async def replay_event(session: AsyncSession, stored: PaddleEvent) -> bool:
    """Apply a stored event again, which fixes the rows that it has changed wrongly.

    Returns:
        Whether events of its type are applied.
    """
    event = Event.model_validate(stored.payload)
    if event.event_type not in APPLIED:
        return False
    await _apply(session, event)
    stored.state, stored.applied_at = EventState.APPLIED, datetime.now(UTC)
    return True


async def _store_and_apply(session: AsyncSession, event: Event, text: str) -> Outcome:
    """Store an event together with its effect.

    Raises:
        RepeatedEvent: It was stored before.
        EventNotApplied: It was stored as failed.
    """
    is_applied = event.event_type in APPLIED
    state = EventState.APPLIED if is_applied else EventState.KEPT
    row = event_row(event, text, state=state)
    try:
        await (_apply(session, event, new=row) if is_applied else store_event(session, row))
    except RepeatedEvent:
        raise
    except Exception as error:
        if is_outage(error):  # the database cannot store the event either
            raise
        log.exception("paddle_event_failed", event_id=event.event_id, type=event.event_type)
        # conventions: ignore[commit-in-service] the effect is rolled back, the failure is stored
        await session.rollback()
        await store_event(session, event_row(event, text, state=EventState.FAILED))
        # conventions: ignore[commit-in-service] the error response would roll the failure back
        await session.commit()
        raise EventNotApplied from error
    return "applied" if is_applied else "kept"


async def _apply(session: AsyncSession, event: Event, *, new: Row | None = None) -> None:
    """Apply an event; with the row of a new one, store it too, or raise `RepeatedEvent`."""
    match event.event_type.partition(".")[0]:
        case "customer":
            customer = Customer.model_validate(event.data)
            await store_customers(session, [customer], event=event, new=new)
        case "subscription":
            subscription = Subscription.model_validate(event.data)
            await store_subscriptions(session, [subscription], event=event, new=new)
        case _:
            transaction = Transaction.model_validate(event.data)
            await store_transactions(session, [transaction], event=event, new=new)
