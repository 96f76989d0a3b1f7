"""Tables: links to partners."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class PartnerLink(Base):
    """A partner whose system is kept equal with ours."""

    __tablename__ = "partner_links"
    __table_args__ = (Index(None, "synced_at", "id"),)

    id: Mapped[UuidKey]
    partner: Mapped[str] = mapped_column(String(60), unique=True)
    synced_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
