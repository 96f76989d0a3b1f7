"""The outcome of a message: the effect of its events, whether they come early or late.

An event may arrive before the response to the call that sent its message, and so before the message
is known by its id at Resend. It then waits in its table. Both sides lock that id, so that either
the event sees the message, or the message sees the event.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, String, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import UtcDateTime, execute_core
from app.integrations.resend.models import Email, EmailEvent, State, Suppression

STATES = {
    "email.sent": State.SENT,
    "email.delivery_delayed": State.DELAYED,
    "email.delivered": State.DELIVERED,
    "email.failed": State.FAILED,
    "email.suppressed": State.SUPPRESSED,
    "email.bounced": State.BOUNCED,
    "email.complained": State.COMPLAINED,
}
RANKS: dict[str, int] = {state: rank for rank, state in enumerate(State)}


async def lock_message(session: AsyncSession, resend_id: str) -> None:
    """Lock a message by its id at Resend until the transaction ends."""
    key = func.hashtextextended(f"resend:{resend_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def apply_waiting_events(session: AsyncSession, email_id: UUID, resend_id: str) -> None:
    """Apply the events that arrived before the message was known by its id."""
    arrived = await session.scalars(
        update(EmailEvent)
        .where(EmailEvent.resend_id == resend_id)
        .values(email_id=email_id, resend_id=None)
        .returning(EmailEvent)
    )
    events = arrived.all()
    if not events:
        return
    last = max(events, key=lambda event: RANKS[STATES[event.type]])
    advance = ADVANCE.where(Email.id == email_id).returning(Email.address_key)
    values = advancing(last.type, last.occurred_at, resend_id=resend_id)
    address_key = (await execute_core(session, advance, values)).scalar_one()
    reasons = {event.occurred_at: event.reason for event in events if event.reason}
    if reasons:
        latest = max(reasons)
        await suppress(session, address_key, reason=reasons[latest], at=latest)


_is_later = case(RANKS, value=Email.state) < bindparam("rank", type_=Integer)
ADVANCE = update(Email).values(
    state=case((_is_later, bindparam("new_state", type_=String)), else_=Email.state),
    state_at=case((_is_later, bindparam("new_state_at", type_=UtcDateTime)), else_=Email.state_at),
    resend_id=func.coalesce(Email.resend_id, bindparam("known_as", type_=String)),
)
"""Advances the state of a message, with the values of `advancing`, unless it is as final."""


def advancing(event_type: str, at: datetime, *, resend_id: str | None) -> dict[str, object]:
    """Return the values of `ADVANCE` for an event."""
    state = STATES[event_type]
    return {
        "rank": RANKS[state],
        "new_state": state,
        "new_state_at": at,
        "known_as": resend_id,
    }


async def suppress(session: AsyncSession, address_key: str, *, reason: str, at: datetime) -> None:
    """Suppress an address as of a time."""
    new = insert(Suppression).values(address_key=address_key, reason=reason, suppressed_at=at)
    await session.execute(or_renew(new))


def or_renew(new: Insert) -> Insert:
    """Return the insert of a suppression, which renews the one that an address has."""
    last = func.greatest(Suppression.suppressed_at, new.excluded.suppressed_at)
    return new.on_conflict_do_update(
        index_elements=[Suppression.address_key], set_={"suppressed_at": last}
    )


async def lift(session: AsyncSession, address_key: str, *, reason: str, at: datetime) -> None:
    """Lift the suppression of an address as of a time; a later one holds."""
    times = {"suppressed_at": at, "lifted_at": at}
    new = insert(Suppression).values(address_key=address_key, reason=reason, **times)
    last = func.greatest(Suppression.lifted_at, new.excluded.lifted_at)
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[Suppression.address_key], set_={"lifted_at": last}
        )
    )
