"""Tables: messages, the events about them, and suppressed addresses.

The body of a message is stored only in the job that sends it, since it may hold a token.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
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
    """An event about a message, with Resend's id, so that a second delivery is ignored."""

    __tablename__ = "resend_events"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    email_id: Mapped[UUID] = mapped_column(ForeignKey(Email.id, ondelete="CASCADE"), index=True)
    type: Mapped[str] = mapped_column(WORD)
    occurred_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class Suppression(Base):
    """An address that receives no more messages."""

    __tablename__ = "resend_suppressions"
    __table_args__ = (
        CheckConstraint("reason IN ('bounced', 'complained')", name="reason_known"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UuidKey]
    address_key: Mapped[str] = mapped_column(ADDRESS, unique=True)
    reason: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[CreatedAt]
