"""Tables: orders of shops and the targets of their regions."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class ShopOrder(Base):
    """An order of a shop."""

    __tablename__ = "shop_orders"
    __table_args__ = (Index(None, "ordered_at", "region"),)

    id: Mapped[UuidKey]
    region: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    total_weight_kg: Mapped[float]
    ordered_at: Mapped[datetime]


class SalesTargetHistory(Base):
    """The target of a region from a day on; earlier ones stay."""

    __tablename__ = "sales_target_history"

    region: Mapped[str] = mapped_column(String(20), primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    net: Mapped[Decimal] = mapped_column(Numeric(14, 2))
