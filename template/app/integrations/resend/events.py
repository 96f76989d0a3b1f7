"""Events about messages and suppressions: https://resend.com/docs/webhooks/event-types."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import ResponseModel, UtcDatetime, normalized_email
from app.core.errors import BadRequest
from app.integrations.resend.backend import TAG
from app.integrations.resend.models import Email, EmailEvent, Reason
from app.integrations.resend.outcomes import STATES, apply_events, lift, lock_message, suppress

_SHORT_OFFSET = re.compile(r"([+-]\d\d)$")
ORIGINS = {"bounce": Reason.BOUNCED, "complaint": Reason.COMPLAINED}


class _EventPart(BaseModel):
    """Part of an event. Unknown fields are ignored, since Resend may add some at any time."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Bounce(_EventPart):
    """The reason of a bounce: https://resend.com/docs/dashboard/emails/email-bounces."""

    type: str | None = Field(default=None, examples=["Permanent"])


def _read_tags(value: object) -> object:
    """Return tags by name, from an object or from a list of `{"name": …, "value": …}`."""
    if isinstance(value, list):
        pairs = [tag for tag in value if isinstance(tag, dict) and isinstance(tag.get("name"), str)]
        return {tag["name"]: tag.get("value") for tag in pairs}
    return value if isinstance(value, dict) else None


def _complete_offset(value: object) -> object:
    """Write an offset in hours, as in `2026-11-22 23:41:12.126+00`, with minutes."""
    return _SHORT_OFFSET.sub(r"\1:00", value) if isinstance(value, str) else value


class EventData(_EventPart):
    """The message or suppression that an event is about."""

    email_id: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]+$")] | None = Field(
        default=None, examples=["56761188-7520-42d8-8898-ff6fc54ce618"]
    )
    tags: Annotated[dict[str, object] | None, BeforeValidator(_read_tags)] = Field(
        default=None, examples=[{TAG: "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"}]
    )
    bounce: Bounce | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]+$")] | None = Field(
        default=None, description="The address of a suppression.", examples=["ada@example.com"]
    )
    origin: str | None = Field(
        default=None, description="The origin of a suppression.", examples=["bounce"]
    )


class Event(_EventPart):
    """An event, about a message or anything else."""

    type: Annotated[str, Field(max_length=100)] = Field(examples=["email.delivered"])
    created_at: Annotated[UtcDatetime, BeforeValidator(_complete_offset)] = Field(
        examples=["2026-11-22T23:41:12.126Z"]
    )
    data: EventData

    @property
    def suppresses(self) -> Reason | None:
        """The reason to suppress the address of the message, if there is one."""
        if self.type == "email.complained":
            return Reason.COMPLAINED
        kind = self.data.bounce.type if self.data.bounce else None
        is_permanent = (kind or "").lower() == "permanent"
        return Reason.BOUNCED if self.type == "email.bounced" and is_permanent else None


class InvalidEvent(BadRequest):
    """The body is signed, but is not an event."""

    code = "invalid_event"
    message = "The body is not an event of Resend."


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An event whose signature is valid, and its id, which is the same in every delivery."""

    id: str
    event: Event


class EventOut(ResponseModel):
    """The outcome of an event."""

    outcome: Literal["applied", "waiting", "known", "ignored"] = Field(
        description="`waiting`: its message is not known yet. `known`: it was delivered before. "
        "`ignored`: it has no effect.",
        examples=["applied"],
    )


def parse_event(body: bytes) -> Event:
    """Return the event in a body whose signature is valid.

    Raises:
        InvalidEvent: The body is not an event.
    """
    try:
        return Event.model_validate_json(body)
    except ValidationError:
        raise InvalidEvent from None


async def apply(session: AsyncSession, event: Event, *, event_id: str) -> EventOut:
    """Apply an event, once, in whichever order events arrive."""
    if event.type in ("suppression.added", "suppression.removed"):
        return await _apply_suppression(session, event)
    if event.type not in STATES:
        return EventOut(outcome="ignored")
    email, resend_id = await _find(session, event.data), event.data.email_id
    if email is None and resend_id is None:
        return EventOut(outcome="ignored")
    if email is None and resend_id is not None:  # the response that tells its id may come now
        await lock_message(session, resend_id)
        email = await _find(session, event.data)
    added = await session.scalar(
        insert(EmailEvent)
        .values(
            id=event_id,
            email_id=email.id if email else None,
            resend_id=None if email else resend_id,
            reason=event.suppresses,
            type=event.type,
            occurred_at=event.created_at,
        )
        .on_conflict_do_nothing(index_elements=[EmailEvent.id])
        .returning(EmailEvent)
    )
    if added is None:
        return EventOut(outcome="known")
    if email is None:
        return EventOut(outcome="waiting")
    email.resend_id = email.resend_id or resend_id
    await apply_events(session, email, [added])
    return EventOut(outcome="applied")


async def _apply_suppression(session: AsyncSession, event: Event) -> EventOut:
    """Follow Resend's own list; the times make a repeated or late event harmless."""
    if event.data.email is None:
        return EventOut(outcome="ignored")
    change = suppress if event.type == "suppression.added" else lift
    reason = ORIGINS.get(event.data.origin or "", Reason.MANUAL)
    await change(session, normalized_email(event.data.email), reason=reason, at=event.created_at)
    return EventOut(outcome="applied")


async def _find(session: AsyncSession, data: EventData) -> Email | None:
    """Return the message that an event is about, locked until the transaction ends."""
    try:
        which = Email.id == UUID(str(data.tags and data.tags.get(TAG)))
    except ValueError:
        which = Email.resend_id == data.email_id
    email: Email | None = await session.scalar(select(Email).where(which).with_for_update())
    return email
