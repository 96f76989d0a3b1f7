"""Tables."""

from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Parcel(Base):
    """A parcel."""

    __tablename__ = "float_money_parcels"

    id: Mapped[UuidKey]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    fee_rate: Mapped[float]
    total_weight: Mapped[float]
    shipping_cents: Mapped[int]
