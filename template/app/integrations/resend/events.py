"""What Resend tells of a mail: https://resend.com/docs/webhooks/event-types."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import ResponseModel, UtcDatetime
from app.integrations.resend.backend import TAG
from app.integrations.resend.models import Email, EmailEvent, Reason, State, Suppression

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


class _Told(BaseModel):
    """Part of an event. Resend may add to it at any time, so what we do not know is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Bounce(_Told):
    """Why a mail came back: https://resend.com/docs/dashboard/emails/email-bounces."""

    type: str = Field(default="", examples=["Permanent"])


def _only_mapping(value: object) -> object:
    return value if isinstance(value, dict) else None


class EventData(_Told):
    """Of which mail an event tells."""

    email_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, examples=["56761188-7520-42d8-8898-ff6fc54ce618"]
    )
    tags: Annotated[dict[str, object] | None, BeforeValidator(_only_mapping)] = Field(
        default=None, examples=[{TAG: "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"}]
    )
    bounce: Bounce | None = None


class Event(_Told):
    """An event, of a mail or of something else."""

    type: Annotated[str, Field(max_length=100)] = Field(examples=["email.delivered"])
    created_at: UtcDatetime = Field(examples=["2026-11-22T23:41:12.126Z"])
    data: EventData

    @property
    def suppresses(self) -> Reason | None:
        """Why the address is not to be mailed again, if that is so."""
        if self.type == "email.complained":
            return Reason.COMPLAINED
        is_permanent = bool(self.data.bounce and self.data.bounce.type.lower() == "permanent")
        return Reason.BOUNCED if self.type == "email.bounced" and is_permanent else None


class EventOut(ResponseModel):
    """What was done about an event."""

    outcome: Literal["applied", "known", "ignored"] = Field(
        description="`known`: it came before. `ignored`: it is not about a mail of ours.",
        examples=["applied"],
    )


async def apply(session: AsyncSession, event: Event, *, event_id: str) -> EventOut:
    """Note what an event tells of a mail, once, whatever order events come in."""
    state = STATES.get(event.type)
    email = await _find(session, event.data) if state else None
    if state is None or email is None:
        return EventOut(outcome="ignored")
    values = {"id": event_id, "email_id": email.id, "type": event.type}
    added = await session.scalar(
        insert(EmailEvent)
        .values(**values, occurred_at=event.created_at)
        .on_conflict_do_nothing(index_elements=[EmailEvent.id])
        .returning(EmailEvent.id)
    )
    if added is None:
        return EventOut(outcome="known")
    email.resend_id = email.resend_id or event.data.email_id
    if RANKS[state] > RANKS[email.state]:
        email.state, email.state_at = state, event.created_at
    if reason := event.suppresses:
        await session.execute(
            insert(Suppression)
            .values(address_key=email.address_key, reason=reason)
            .on_conflict_do_nothing(index_elements=[Suppression.address_key])
        )
    await session.flush()
    return EventOut(outcome="applied")


async def _find(session: AsyncSession, data: EventData) -> Email | None:
    """Return the mail that an event is about, locked until the transaction ends."""
    try:
        which = Email.id == UUID(str(data.tags and data.tags.get(TAG)))
    except ValueError:
        which = Email.resend_id == data.email_id
    email: Email | None = await session.scalar(select(Email).where(which).with_for_update())
    return email
