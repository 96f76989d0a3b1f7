"""Tables: recordings of calls."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class CallRecording(Base):
    """The recording of a call."""

    __tablename__ = "call_recordings"
    __table_args__ = (Index(None, "recorded_at", "id"),)

    id: Mapped[UuidKey]
    pathname: Mapped[str] = mapped_column(String(200), unique=True)
    recorded_at: Mapped[datetime]
