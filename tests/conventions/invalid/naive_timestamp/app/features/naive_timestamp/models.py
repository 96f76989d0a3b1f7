"""Tables."""

from datetime import datetime

from sqlalchemy import TIMESTAMP, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Reminder(Base):
    """A reminder."""

    __tablename__ = "naive_timestamp_reminders"

    id: Mapped[UuidKey]
    due_at: Mapped[datetime] = mapped_column(DateTime)  # violates: naive-timestamp
    # violates: naive-timestamp
    seen_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=False))
