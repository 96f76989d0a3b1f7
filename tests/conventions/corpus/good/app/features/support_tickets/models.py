"""Tables: tickets and the log of what was done to them."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class TicketState(StrEnum):
    """The state of a ticket."""

    OPEN = "open"
    CLOSED = "closed"


class SupportTicket(Owned, Base):
    """A question of a customer."""

    __tablename__ = "support_tickets"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state_known"),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "state", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(String(16), default=TicketState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class TicketAction(Base):
    """What an administrator did to a ticket; kept when the administrator's account is deleted."""

    __tablename__ = "support_ticket_actions"
    __table_args__ = (Index(None, "ticket_id", "created_at"),)

    id: Mapped[UuidKey]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey(SupportTicket.id, ondelete="CASCADE"))
    actor_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    action: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[CreatedAt]
