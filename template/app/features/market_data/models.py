"""Tables: symbols, candles and alerts."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey

PRICE = Numeric(20, 8)
VOLUME = Numeric(28, 8)  # Not an integer: coins and fund shares trade in fractions.


class AlertCondition(StrEnum):
    """The event that triggers an alert."""

    PRICE_ABOVE = "price_above"
    PRICE_BELOW = "price_below"
    VOLUME_ABOVE = "volume_above"


class Symbol(Base):
    """A traded instrument, such as a share or a currency pair."""

    __tablename__ = "symbols"
    __table_args__ = (
        CheckConstraint("ticker ~ '^[A-Z0-9][A-Z0-9.-]{0,15}$'", name="ticker_form"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        Index(None, "created_at", "id"),
        Index(None, "currency", "ticker"),
    )

    id: Mapped[UuidKey]
    ticker: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Candle(Base):
    """The prices and the volume of a symbol over one interval.

    The primary key is the order in which candles are read, so its index serves every query. It is
    natural rather than a UUID, because no client refers to a candle by id.
    """

    __tablename__ = "candles"
    __table_args__ = (
        CheckConstraint(
            "interval IN ('1m', '5m', '15m', '1h', '4h', '1d', '1w')", name="interval_known"
        ),
        CheckConstraint("low > 0 AND high < 'NaN'", name="prices_positive"),
        CheckConstraint("low <= LEAST(open, close)", name="low_lowest"),
        CheckConstraint("high >= GREATEST(open, close)", name="high_highest"),
        CheckConstraint("volume >= 0 AND volume < 'NaN'", name="volume_not_negative"),
    )

    symbol_id: Mapped[UUID] = mapped_column(
        ForeignKey("symbols.id", ondelete="CASCADE"), primary_key=True
    )
    interval: Mapped[str] = mapped_column(String(3), primary_key=True)
    open_time: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[Decimal] = mapped_column(PRICE)
    high: Mapped[Decimal] = mapped_column(PRICE)
    low: Mapped[Decimal] = mapped_column(PRICE)
    close: Mapped[Decimal] = mapped_column(PRICE)
    volume: Mapped[Decimal] = mapped_column(VOLUME)

    symbol: Mapped[Symbol] = relationship(lazy="raise")


class Alert(Owned, Base):
    """A condition on a symbol that a user wants to be notified of.

    The index by owner starts with the columns that order the list and ends with its filters.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint(
            "condition IN ('price_above', 'price_below', 'volume_above')", name="condition_known"
        ),
        CheckConstraint("threshold > 0 AND threshold < 'NaN'", name="threshold_positive"),
        Index(None, "owner_id", "created_at", "id", "active", "condition"),
        Index(None, "symbol_id", "owner_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    symbol_id: Mapped[UUID] = mapped_column(ForeignKey(Symbol.id, ondelete="CASCADE"))
    condition: Mapped[str] = mapped_column(String(16))
    threshold: Mapped[Decimal] = mapped_column(PRICE)
    active: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    symbol: Mapped[Symbol] = relationship(lazy="raise")

    @property
    def ticker(self) -> str:
        """The ticker of the symbol, which must be loaded."""
        return self.symbol.ticker
