"""Tables: markets, price lists and their prices."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class Market(Base):
    """A market that has prices of its own, found by its code."""

    __tablename__ = "price_markets"

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(String(8), index=True)  # breach: missing-unique
    currency: Mapped[str] = mapped_column(String(3))


class PriceList(Base):
    """The prices of a market from one day on; one list a market and version."""

    __tablename__ = "price_lists"
    # breach: missing-unique
    __table_args__ = (Index(None, "market_id", "version"),)

    id: Mapped[UuidKey]
    market_id: Mapped[UUID] = mapped_column(ForeignKey(Market.id, ondelete="RESTRICT"))
    version: Mapped[int]
    created_at: Mapped[CreatedAt]


class ListPrice(Base):
    """The price of one product in a list."""

    __tablename__ = "list_prices"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index(None, "list_id", "product_code"),  # breach: missing-unique
    )

    id: Mapped[UuidKey]
    list_id: Mapped[UUID] = mapped_column(ForeignKey(PriceList.id, ondelete="CASCADE"))
    product_code: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))


class VendorNotice(Base):
    """A notice of the price service, which sends each of them at least once."""

    __tablename__ = "vendor_price_notices"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UuidKey]
    external_id: Mapped[str] = mapped_column(String(60), index=True)  # breach: missing-unique
    created_at: Mapped[CreatedAt]
