"""Tables: manifests, consignments and the parties that they belong to."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, CreatedAt, UuidKey


class Consignee(Base):
    """A party that receives consignments."""

    __tablename__ = "consignees"

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(200))


class Manifest(Base):
    """The list of consignments that leave with one departure."""

    __tablename__ = "freight_manifests"
    __table_args__ = (Index(None, "departs_at", "id"),)

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    departs_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]


class Consignment(Base):
    """Goods of one consignee on a manifest."""

    __tablename__ = "freight_consignments"

    id: Mapped[UuidKey]
    manifest_id: Mapped[UUID] = mapped_column(
        ForeignKey(Manifest.id, ondelete="CASCADE"), index=True
    )
    consignee_id: Mapped[UUID] = mapped_column(
        ForeignKey(Consignee.id, ondelete="RESTRICT"), index=True
    )
    weight_kg: Mapped[Decimal] = mapped_column(Numeric(10, 3))

    consignee: Mapped[Consignee] = relationship(lazy="raise")
