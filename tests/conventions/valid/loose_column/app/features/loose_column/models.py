"""Tables."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, Numeric, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Colour(StrEnum):
    """A colour."""

    RED = "red"


class Product(Base):
    """Something to buy."""

    __tablename__ = "loose_column_products"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    net_price: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    steepness: Mapped[float]
    colour: Mapped[Colour] = mapped_column(Enum(Colour, native_enum=False, length=16))
    sizes: Mapped[list[str]] = mapped_column(ARRAY(String(8)))
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
