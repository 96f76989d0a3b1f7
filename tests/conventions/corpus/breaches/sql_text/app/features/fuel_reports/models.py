"""Tables: fills of tanks."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, Numeric, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class FuelFill(Base):
    """Fuel that was filled into one vehicle."""

    __tablename__ = "fuel_fills"
    __table_args__ = (Index(None, "depot", "day"),)

    id: Mapped[UuidKey]
    depot: Mapped[str] = mapped_column(String(12))
    day: Mapped[date]
    litres: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    details: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
