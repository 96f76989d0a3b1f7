"""Events about messages: https://resend.com/docs/webhooks/event-types."""

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


class _EventPart(BaseModel):
    """Part of an event. Unknown fields are ignored, since Resend may add some at any time."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Bounce(_EventPart):
    """The reason of a bounce: https://resend.com/docs/dashboard/emails/email-bounces."""

    type: str = Field(default="", examples=["Permanent"])


def _only_mapping(value: object) -> object:
    return value if isinstance(value, dict) else None


class EventData(_EventPart):
    """The message that an event is about."""

    email_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, examples=["56761188-7520-42d8-8898-ff6fc54ce618"]
    )
    tags: Annotated[dict[str, object] | None, BeforeValidator(_only_mapping)] = Field(
        default=None, examples=[{TAG: "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"}]
    )
    bounce: Bounce | None = None


class Event(_EventPart):
    """An event, about a message or anything else."""

    type: Annotated[str, Field(max_length=100)] = Field(examples=["email.delivered"])
    created_at: UtcDatetime = Field(examples=["2026-11-22T23:41:12.126Z"])
    data: EventData

    @property
    def suppresses(self) -> Reason | None:
        """The reason to suppress the address, if there is one."""
        if self.type == "email.complained":
            return Reason.COMPLAINED
        is_permanent = bool(self.data.bounce and self.data.bounce.type.lower() == "permanent")
        return Reason.BOUNCED if self.type == "email.bounced" and is_permanent else None


class EventOut(ResponseModel):
    """The outcome of an event."""

    outcome: Literal["applied", "known", "ignored"] = Field(
        description="`known`: it was delivered before. `ignored`: it is not about a known message.",
        examples=["applied"],
    )


async def apply(session: AsyncSession, event: Event, *, event_id: str) -> EventOut:
    """Apply an event to its message, once, in whichever order events arrive."""
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
    """Return the message that an event is about, locked until the transaction ends."""
    try:
        which = Email.id == UUID(str(data.tags and data.tags.get(TAG)))
    except ValueError:
        which = Email.resend_id == data.email_id
    email: Email | None = await session.scalar(select(Email).where(which).with_for_update())
    return email
