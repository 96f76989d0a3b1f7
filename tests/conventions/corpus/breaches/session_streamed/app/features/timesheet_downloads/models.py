"""Tables: timesheet entries."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class TimesheetEntry(Owned, Base):
    """The hours that a user has worked on one day."""

    __tablename__ = "timesheet_entries"
    __table_args__ = (Index(None, "owner_id", "day"),)

    id: Mapped[UuidKey]
    day: Mapped[date]
    project: Mapped[str] = mapped_column(String(60))
    hours: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    exported_at: Mapped[datetime | None]
