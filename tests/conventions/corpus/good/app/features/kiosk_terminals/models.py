"""Tables: kiosks and their prices."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class Kiosk(Owned, Base):
    """A kiosk of a shop.

    Attributes:
        pin_hash: The Argon2 hash of the PIN; removed once the kiosk is paired.
    """

    __tablename__ = "kiosks"
    __table_args__ = (Index(None, "owner_id", "created_at", "id"),)

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100))
    pin_hash: Mapped[str | None] = mapped_column(String(255))
    pin_ends_at: Mapped[datetime | None]
    paired_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class KioskPrice(Base):
    """The price of an article at a kiosk; history is kept by the wholesaler."""

    __tablename__ = "kiosk_prices"

    kiosk_id: Mapped[UUID] = mapped_column(
        ForeignKey(Kiosk.id, ondelete="CASCADE"), primary_key=True
    )
    article: Mapped[str] = mapped_column(String(20), primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
