"""Tables: the use of quotas."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.core.db import Base, UpdatedAt


class Quota(StrEnum):
    """A quantity that a plan limits."""

    SEATS = "seats"
    EXPORTS = "exports"
    API_CALLS = "api_calls"


class QuotaUsage(Base):
    """The use of one quota in one month. Its key is how it is found; no client refers to it."""

    __tablename__ = "quota_usage"
    __table_args__ = (CheckConstraint("used >= 0", name="used_not_negative"),)

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey(User.id, ondelete="RESTRICT"), primary_key=True
    )
    quota: Mapped[str] = mapped_column(String(12), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[UpdatedAt]
