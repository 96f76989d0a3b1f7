"""Tables."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Reminder(Base):
    """A reminder."""

    __tablename__ = "naive_timestamp_reminders"

    id: Mapped[UuidKey]
    due_at: Mapped[datetime] = mapped_column(DateTime)  # violates: naive-timestamp
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))  # violates: naive-timestamp
