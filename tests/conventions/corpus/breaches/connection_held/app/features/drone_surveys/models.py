"""Tables: flights of drones."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class DroneFlight(Owned, Base):
    """A flight over a field."""

    __tablename__ = "drone_flights"
    __table_args__ = (Index(None, "owner_id", "created_at", "id"),)

    id: Mapped[UuidKey]
    field_name: Mapped[str] = mapped_column(String(60))
    map_reference: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[CreatedAt]
