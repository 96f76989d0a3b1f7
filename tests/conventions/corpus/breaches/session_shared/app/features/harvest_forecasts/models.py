"""Tables: fields and forecasts."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class CropField(Base):
    """A field with one crop."""

    __tablename__ = "crop_fields"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    hectares: Mapped[Decimal] = mapped_column(Numeric(8, 2))


class YieldForecast(Base):
    """The expected yield of a field."""

    __tablename__ = "yield_forecasts"

    id: Mapped[UuidKey]
    field_id: Mapped[UUID] = mapped_column(
        ForeignKey(CropField.id, ondelete="CASCADE"), unique=True
    )
    tonnes: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    updated_at: Mapped[UpdatedAt]
