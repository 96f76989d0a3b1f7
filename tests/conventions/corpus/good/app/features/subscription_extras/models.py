"""Tables: add-ons, list prices, and the add-ons that users have booked."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class AddOn(Base):
    """Something that is sold on top of a plan."""

    __tablename__ = "catalogue_add_ons"

    id: Mapped[UuidKey]
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    monthly: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    setup_fee: Mapped[Decimal] = mapped_column(Numeric(10, 2), server_default="0")

    @property
    def first_month(self) -> Decimal:
        """The price of the first month."""
        return self.monthly + self.setup_fee


class AddOnBooking(Owned, Base):
    """An add-on of a user; a cancelled one keeps its row and the time of its end."""

    __tablename__ = "add_on_bookings"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 1000", name="quantity_range"),
        Index(
            None,
            "owner_id",
            "add_on_id",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(None, "add_on_id"),
        Index(None, "owner_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    add_on_id: Mapped[UUID] = mapped_column(ForeignKey(AddOn.id, ondelete="RESTRICT"))
    quantity: Mapped[int]
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    add_on: Mapped[AddOn] = relationship(lazy="raise", innerjoin=True)

    @property
    def sku(self) -> str:
        """The article number of the add-on, which must be loaded."""
        return self.add_on.sku
