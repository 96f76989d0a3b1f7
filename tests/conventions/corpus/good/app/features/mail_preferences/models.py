"""Tables: preferences, one row a user."""

from datetime import time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, true
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.core.db import Base, UpdatedAt


class MailPreferences(Base):
    """The mails that a user wants to get."""

    __tablename__ = "mail_preferences"
    __table_args__ = (CheckConstraint("digest IN ('off', 'daily', 'weekly')", name="digest_known"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(6), default="weekly")
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    language: Mapped[str] = mapped_column(String(5), default="en")
    time_zone: Mapped[str | None] = mapped_column(String(40))
    is_html: Mapped[bool] = mapped_column(server_default=true())
    updated_at: Mapped[UpdatedAt]
