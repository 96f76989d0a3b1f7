"""Tables: parcels and their scans."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class Parcel(Base):
    """A parcel on its way."""

    __tablename__ = "tracked_parcels"

    id: Mapped[UuidKey]
    barcode: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(16))
    updated_at: Mapped[UpdatedAt]


class ParcelScan(Base):
    """A place and a time at which a carrier saw a parcel."""

    __tablename__ = "parcel_scans"
    __table_args__ = (Index(None, "parcel_id", "scanned_at"), Index(None, "depot", "scanned_at"))

    id: Mapped[UuidKey]
    parcel_id: Mapped[UUID] = mapped_column(ForeignKey(Parcel.id, ondelete="CASCADE"))
    depot: Mapped[str] = mapped_column(String(12))
    scanned_at: Mapped[datetime]
