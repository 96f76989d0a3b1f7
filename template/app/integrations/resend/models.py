"""Tables: messages, the events about them, and suppressed addresses.

The body of a message is stored only in the job that sends it, since it may hold a token.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, or_
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey

ADDRESS, WORD = String(254), String(100)


class State(StrEnum):
    """The state of a message, from least to most final: it only ever moves down this list.

    So the result does not depend on the order in which events arrive.
    """

    QUEUED = "queued"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Reason(StrEnum):
    """The reason why an address is suppressed."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


class Email(Base):
    """A message.

    Attributes:
        key: The idempotency key.
        kind: The template.
        error: Resend's name of the error that rejected it.
        state_at: The time of the last change of state, by the clock of its source.
    """

    __tablename__ = "resend_emails"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'sent', 'delayed', 'delivered', 'failed', 'suppressed',"
            " 'bounced', 'complained')",
            name="state_known",
        ),
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "address_key", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    key: Mapped[str] = mapped_column(String(255), unique=True)
    kind: Mapped[str] = mapped_column(WORD)
    address: Mapped[str] = mapped_column(ADDRESS)
    address_key: Mapped[str] = mapped_column(ADDRESS)
    subject: Mapped[str] = mapped_column(String(998))  # a line of RFC 5322
    state: Mapped[str] = mapped_column(String(10), default=State.QUEUED)
    resend_id: Mapped[str | None] = mapped_column(WORD, unique=True)
    error: Mapped[str | None] = mapped_column(WORD)
    state_at: Mapped[CreatedAt]
    created_at: Mapped[CreatedAt]


class EmailEvent(Base):
    """An event about a message, with Resend's id, so that a second delivery is ignored.

    Attributes:
        email_id: The message; `None` as long as it is unknown.
        resend_id: The message's id at Resend, as long as the message is unknown: the response to
            the call that sends it may come later than the event.
        reason: The reason to suppress the address, if the event is one.
    """

    __tablename__ = "resend_events"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    email_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Email.id, ondelete="CASCADE"), index=True
    )
    resend_id: Mapped[str | None] = mapped_column(WORD, index=True)
    reason: Mapped[str | None] = mapped_column(String(10))
    type: Mapped[str] = mapped_column(WORD)
    occurred_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class Suppression(Base):
    """An address that receives no more messages, unless it was removed from Resend's list since.

    Attributes:
        suppressed_at: The last time when it was suppressed, by Resend's clock.
        lifted_at: The last time when it was removed from Resend's list, likewise.
    """

    __tablename__ = "resend_suppressions"
    __table_args__ = (
        CheckConstraint("reason IN ('bounced', 'complained', 'manual')", name="reason_known"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UuidKey]
    address_key: Mapped[str] = mapped_column(ADDRESS, unique=True)
    reason: Mapped[str] = mapped_column(String(10))
    suppressed_at: Mapped[CreatedAt]
    lifted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


IS_SUPPRESSED = or_(
    Suppression.lifted_at.is_(None), Suppression.suppressed_at > Suppression.lifted_at
)
"""The condition under which a suppression holds, in whichever order its events arrived."""
