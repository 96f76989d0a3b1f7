"""Tables: funds, holdings and orders."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class Fund(Base):
    """A fund of an asset manager."""

    __tablename__ = "managed_funds"

    id: Mapped[UuidKey]
    isin: Mapped[str] = mapped_column(String(12), unique=True)
    cash: Mapped[Decimal] = mapped_column(Numeric(18, 2))


class Holding(Base):
    """A security that a fund holds."""

    __tablename__ = "fund_holdings"

    id: Mapped[UuidKey]
    fund_id: Mapped[UUID] = mapped_column(ForeignKey(Fund.id, ondelete="CASCADE"), index=True)
    market_value: Mapped[Decimal] = mapped_column(Numeric(18, 2))


class FundOrder(Base):
    """An order that a fund has placed."""

    __tablename__ = "fund_orders"
    __table_args__ = (Index(None, "fund_id", "state"),)

    id: Mapped[UuidKey]
    fund_id: Mapped[UUID] = mapped_column(ForeignKey(Fund.id, ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[CreatedAt]
