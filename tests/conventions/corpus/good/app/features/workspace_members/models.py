"""Tables: workspaces and their members."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class MemberRole(StrEnum):
    """What a member may do."""

    READER = "reader"
    EDITOR = "editor"


class Workspace(Owned, Base):
    """A workspace of one owner."""

    __tablename__ = "workspaces"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class WorkspaceMember(Owned, Base):
    """A user whom the owner of a workspace has invited.

    The row belongs to the owner of the workspace, not to the member.
    """

    __tablename__ = "workspace_members"
    __table_args__ = (
        UniqueConstraint("workspace_id", "member_id"),
        CheckConstraint("role IN ('reader', 'editor')", name="role_known"),
        Index(None, "member_id", "workspace_id"),
    )

    id: Mapped[UuidKey]
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey(Workspace.id, ondelete="CASCADE"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[CreatedAt]
