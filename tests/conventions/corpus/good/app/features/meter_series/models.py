"""Tables: meters, their readings and hourly sums."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey

KWH = Numeric(14, 3)


class SmartMeter(Owned, Base):
    """A meter in a building."""

    __tablename__ = "smart_meters"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_range"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_range"),
        Index(None, "owner_id", "serial", unique=True),
    )

    id: Mapped[UuidKey]
    serial: Mapped[str] = mapped_column(String(30))
    latitude: Mapped[float]
    longitude: Mapped[float]
    created_at: Mapped[CreatedAt]


class MeterReading(Base):
    """The counter of a meter at a time. The key is the order in which readings are read."""

    __tablename__ = "smart_meter_readings"
    __table_args__ = (Index(None, "read_at", postgresql_using="brin"),)

    meter_id: Mapped[UUID] = mapped_column(
        ForeignKey(SmartMeter.id, ondelete="CASCADE"), primary_key=True
    )
    read_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    kwh: Mapped[Decimal] = mapped_column(KWH)


class MeterHour(Base):
    """The use of a meter in one hour."""

    __tablename__ = "smart_meter_hours"

    meter_id: Mapped[UUID] = mapped_column(
        ForeignKey(SmartMeter.id, ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    kwh: Mapped[Decimal] = mapped_column(KWH)
