"""Tables."""

from datetime import date, datetime

from sqlalchemy import Date, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UtcDateTime, UuidKey


class Reminder(Base):
    """A reminder."""

    __tablename__ = "naive_timestamp_reminders"

    id: Mapped[UuidKey]
    due_at: Mapped[datetime]
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    day: Mapped[date] = mapped_column(Date)
    created_at: Mapped[CreatedAt]
