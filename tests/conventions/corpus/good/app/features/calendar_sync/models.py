"""Tables: calendars and their meetings."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class LinkedCalendar(Owned, Base):
    """A calendar of a user.

    Attributes:
        sync_token: The vendor's name of the last state that was read; no right comes with it.
    """

    __tablename__ = "linked_calendars"
    __table_args__ = (Index(None, "owner_id", "remote_id", unique=True),)

    id: Mapped[UuidKey]
    remote_id: Mapped[str] = mapped_column(String(120))
    sync_token: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[CreatedAt]


class SyncedMeeting(Base):
    """A meeting, by the id that the vendor gives within its calendar."""

    __tablename__ = "synced_meetings"

    calendar_id: Mapped[UUID] = mapped_column(
        ForeignKey(LinkedCalendar.id, ondelete="CASCADE"), primary_key=True
    )
    remote_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
