"""Tables: workspaces, their members and invitations."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, CreatedAt, UuidKey


class MemberRole(StrEnum):
    """The rights of a member in a workspace."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


class Workspace(Base):
    """A place that several people share."""

    __tablename__ = "guest_workspaces"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]


class WorkspaceMember(Base):
    """The membership of a user. It belongs to the workspace; all members see it."""

    __tablename__ = "guest_workspace_members"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'owner')", name="role_known"),
        Index(None, "user_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey(Workspace.id, ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(8), default=MemberRole.VIEWER)
    joined_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship(lazy="raise")


class WorkspaceInvitation(Base):
    """An invitation that was sent and not yet accepted.

    Attributes:
        token_hash: The SHA-256 of the token in the link.
        invited_by: The member who sent it, as long as the account exists.
    """

    __tablename__ = "guest_workspace_invitations"
    __table_args__ = (
        UniqueConstraint("workspace_id", "email_key"),
        Index(None, "invited_by"),
        Index(None, "expires_at"),
    )

    id: Mapped[UuidKey]
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey(Workspace.id, ondelete="CASCADE"))
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(8))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]
