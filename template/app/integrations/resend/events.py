"""Events about messages and suppressions: https://resend.com/docs/webhooks/event-types."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy import ColumnElement, Row, Select, String, Uuid, bindparam, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.core.api import ResponseModel, UtcDatetime, normalized_email
from app.core.db import LOCK_TIMEOUT, AsyncSessionLocal, execute_alone, execute_core
from app.core.errors import BadRequest
from app.integrations.resend.backend import TAG
from app.integrations.resend.models import Email, EmailEvent, Reason, Suppression
from app.integrations.resend.outcomes import (
    ADVANCE,
    STATES,
    advancing,
    lift,
    lock_message,
    or_renew,
    suppress,
)

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


async def apply(event: Event, *, event_id: str) -> EventOut:
    """Apply an event, once, in whichever order events arrive.

    One statement does, and so no session is opened for it.
    """
    if event.type in ("suppression.added", "suppression.removed"):
        async with AsyncSessionLocal.begin() as session:
            return await _apply_suppression(session, event)
    if event.type not in STATES:
        return EventOut(outcome="ignored")
    statement, values = _apply_to_message(event, event_id)
    found = (await execute_alone(statement, values)).one_or_none()
    if found is None and event.data.email_id is None:
        return EventOut(outcome="ignored")
    if found is None:
        async with AsyncSessionLocal.begin() as session:
            return await _apply_or_keep(session, event, event_id)
    return _outcome(found)


async def _apply_or_keep(session: AsyncSession, event: Event, event_id: str) -> EventOut:
    """Keep an event about an unknown message, unless the response that tells its id comes now."""
    values = _values(event, event_id)
    await lock_message(session, values["resend_id"])
    found = (await execute_core(session, *_apply_to_message(event, event_id))).one_or_none()
    if found is not None:
        return _outcome(found)
    kept = await execute_core(session, _STORE, values)
    return EventOut(outcome="waiting" if kept.rowcount == 1 else "known")


def _outcome(found: Row[UUID | None]) -> EventOut:
    return EventOut(outcome="known" if found.email_id is None else "applied")


async def _apply_suppression(session: AsyncSession, event: Event) -> EventOut:
    """Follow Resend's own list; the times make a repeated or late event harmless."""
    if event.data.email is None:
        return EventOut(outcome="ignored")
    change = suppress if event.type == "suppression.added" else lift
    reason = ORIGINS.get(event.data.origin or "", Reason.MANUAL)
    await change(session, normalized_email(event.data.email), reason=reason, at=event.created_at)
    return EventOut(outcome="applied")


_STORE = insert(EmailEvent).on_conflict_do_nothing(index_elements=[EmailEvent.id])


def _apply_where(condition: ColumnElement[bool]) -> Select[UUID | None]:
    """Return the statement that locks a message, stores an event about it, and applies it.

    It returns no row if the message is unknown, and no `email_id` if the event was stored before.
    """
    email = (
        select(Email.id, Email.address_key)
        .join(LOCK_TIMEOUT, true())
        .where(condition)
        .with_for_update(of=Email)
        .cte("email")
    )
    given = {
        name: bindparam(f"given_{name}", type_=getattr(EmailEvent, name).type) for name in _GIVEN
    }
    stored = (
        insert(EmailEvent)
        .from_select([*_GIVEN, "email_id"], select(*given.values(), email.c.id))
        .on_conflict_do_nothing(index_elements=[EmailEvent.id])
        .returning(EmailEvent.email_id)
        .cte("stored")
    )
    advanced = ADVANCE.where(Email.id == stored.c.email_id).cte("advanced")
    reason, at = given["reason"], given["occurred_at"]
    suppression = select(bindparam("suppression_id", type_=Uuid), email.c.address_key, reason, at)
    suppressed = or_renew(
        insert(Suppression).from_select(
            ["id", "address_key", "reason", "suppressed_at"],
            suppression.join(stored, true()).where(reason.is_not(None)),
        )
    ).cte("suppressed")
    outcome = select(stored.c.email_id).select_from(email.outerjoin(stored, true()))
    return outcome.add_cte(advanced, suppressed)


_GIVEN = ("id", "reason", "type", "occurred_at")
_APPLY_BY_TAG = _apply_where(Email.id == bindparam("tag", type_=Uuid))
_APPLY_BY_RESEND_ID = _apply_where(Email.resend_id == bindparam("known_as", type_=String))


def _apply_to_message(event: Event, event_id: str) -> tuple[Select[UUID | None], dict[str, Any]]:
    """Return the statement that stores an event and applies it to its message, and its values."""
    given = {f"given_{name}": value for name, value in _values(event, event_id).items()}
    values = given | advancing(event.type, event.created_at, resend_id=event.data.email_id)
    values["suppression_id"] = uuid7()
    try:
        values["tag"] = UUID(str(event.data.tags and event.data.tags.get(TAG)))
    except ValueError:
        return _APPLY_BY_RESEND_ID, values
    return _APPLY_BY_TAG, values


def _values(event: Event, event_id: str) -> dict[str, Any]:
    return {
        "id": event_id,
        "resend_id": event.data.email_id,
        "reason": event.suppresses,
        "type": event.type,
        "occurred_at": event.created_at,
    }
