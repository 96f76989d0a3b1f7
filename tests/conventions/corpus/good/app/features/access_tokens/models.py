"""Tables: tokens of programs, and the log of their use."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class AccessToken(Owned, Base):
    """A token of a program; its text is shown once and stored as a hash."""

    __tablename__ = "access_tokens"
    __table_args__ = (Index(None, "owner_id", "created_at", "id"),)

    id: Mapped[UuidKey]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    prefix: Mapped[str] = mapped_column(String(8))
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class TokenUse(Base):
    """A request with a token, kept for audits after the token is deleted."""

    __tablename__ = "access_token_uses"
    __table_args__ = (Index(None, "actor_id", "used_at"),)

    id: Mapped[UuidKey]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    token_id: Mapped[UUID] = mapped_column(index=True)
    used_at: Mapped[CreatedAt]
