"""Tables: inquiries and their history."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class InquiryState(StrEnum):
    """The state of an inquiry."""

    OPEN = "open"
    CLOSED = "closed"


class Inquiry(Owned, Base):
    """A question of a customer."""

    __tablename__ = "inquiries"
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
    state: Mapped[str] = mapped_column(String(16), default=InquiryState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class InquiryAction(Base):
    """An action of an administrator; it outlives the administrator's account."""

    __tablename__ = "inquiry_actions"
    __table_args__ = (Index(None, "inquiry_id", "created_at"),)

    id: Mapped[UuidKey]
    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey(Inquiry.id, ondelete="CASCADE"))
    actor_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    action: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[CreatedAt]
