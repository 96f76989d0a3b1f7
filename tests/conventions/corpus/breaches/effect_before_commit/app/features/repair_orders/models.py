"""Tables: repair orders and ordered parts."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class RepairOrder(Base):
    """A device that the workshop repairs."""

    __tablename__ = "repair_orders"

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    customer_email: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(16))
    quote: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    created_at: Mapped[CreatedAt]


class OrderedPart(Base):
    """A spare part that was ordered for a repair."""

    __tablename__ = "repair_parts"

    id: Mapped[UuidKey]
    repair_id: Mapped[UUID] = mapped_column(
        ForeignKey(RepairOrder.id, ondelete="CASCADE"), index=True
    )
    part_number: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[CreatedAt]
