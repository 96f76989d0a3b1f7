"""Tables: events of vendors, each stored once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt


class VendorEvent(Base):
    """An event as a vendor sent it. The key is the vendor's own, so a retry changes nothing."""

    __tablename__ = "vendor_hook_events"
    __table_args__ = (Index(None, "received_at"),)

    vendor: Mapped[str] = mapped_column(String(20), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[datetime]
    received_at: Mapped[CreatedAt]
