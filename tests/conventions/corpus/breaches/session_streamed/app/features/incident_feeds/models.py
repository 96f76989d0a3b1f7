"""Tables: incidents and who watches them."""

from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class Incident(Base):
    """Something that does not work."""

    __tablename__ = "status_incidents"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]


class IncidentWatch(Owned, Base):
    """A user who watches the incidents."""

    __tablename__ = "incident_watches"

    id: Mapped[UuidKey]
    last_seen_id: Mapped[UUID | None]
