"""Tables: booked sales."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class BookedSale(Owned, Base):
    """A sale as it went into the books."""

    __tablename__ = "booked_sales"
    __table_args__ = (
        CheckConstraint("net >= 0 AND tax >= 0", name="amounts_not_negative"),
        Index(None, "owner_id", "booked_on", "id"),
    )

    id: Mapped[UuidKey]
    booked_on: Mapped[date]
    product: Mapped[str] = mapped_column(String(120))
    customer_number: Mapped[str] = mapped_column(String(20))
    net: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    tax: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    created_at: Mapped[CreatedAt]
