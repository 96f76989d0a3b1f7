"""Tables: settings of accounts and the audit of their changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class SecurityPolicy(Base):
    """The policy of one account; its primary key is the account."""

    __tablename__ = "security_policies"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    password_days: Mapped[int] = mapped_column(default=365)
    requires_second_factor: Mapped[bool] = mapped_column(default=False)
    allowed_networks: Mapped[list[str]] = mapped_column(JSONB, default=list)
    webhook_secret_version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[UpdatedAt]


class AuditEntry(Base):
    """One change. No user owns it: it stays when the actor and the subject are deleted."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "happened_at", "id"),
        Index(None, "subject_id", "happened_at", "id"),
        Index(None, "action", "happened_at", "id"),
        Index(None, "actor_id"),
    )

    id: Mapped[UuidKey]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    subject_id: Mapped[UUID]
    action: Mapped[str] = mapped_column(String(60))
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str | None] = mapped_column(String(128))
    happened_at: Mapped[CreatedAt]


class AuditSeal(Base):
    """The hash over the entries of a day, by which a later change of one is noticed."""

    __tablename__ = "audit_seals"

    day: Mapped[datetime] = mapped_column(primary_key=True)
    entries: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
