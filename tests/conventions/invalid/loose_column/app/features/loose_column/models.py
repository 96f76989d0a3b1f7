"""Tables."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Colour(StrEnum):
    """A colour."""

    RED = "red"


class Product(Base):
    """Something to buy."""

    __tablename__ = "loose_column_products"

    id: Mapped[UuidKey]
    name: Mapped[str]  # violates: loose-column
    net_price: Mapped[float]  # violates: float-money
    weight: Mapped[Decimal] = mapped_column(Numeric)  # violates: loose-column
    colour: Mapped[Colour]  # violates: loose-column
    labels: Mapped[dict[str, Any]] = mapped_column(JSON)  # violates: loose-column
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB, default={})  # violates: loose-column
