"""Tables: studios and their members."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class MemberRole(StrEnum):
    """The permissions of a member."""

    READER = "reader"
    EDITOR = "editor"


class Studio(Owned, Base):
    """A studio of one owner."""

    __tablename__ = "studios"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class StudioMember(Owned, Base):
    """A user who was invited to a studio by its owner.

    The row belongs to the owner of the studio, not to the member.
    """

    __tablename__ = "studio_members"
    __table_args__ = (
        UniqueConstraint("studio_id", "member_id"),
        CheckConstraint("role IN ('reader', 'editor')", name="role_known"),
        Index(None, "member_id", "studio_id"),
    )

    id: Mapped[UuidKey]
    studio_id: Mapped[UUID] = mapped_column(ForeignKey(Studio.id, ondelete="CASCADE"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[CreatedAt]
