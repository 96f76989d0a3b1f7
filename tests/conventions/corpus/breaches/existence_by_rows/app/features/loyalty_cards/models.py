"""Tables: loyalty cards and their bookings."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class LoyaltyCard(Base):
    """A card that collects points."""

    __tablename__ = "loyalty_cards"
    __table_args__ = (Index(None, "shop_code", "created_at"),)

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    shop_code: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[CreatedAt]


class PointBooking(Base):
    """Points that were added to a card, or redeemed."""

    __tablename__ = "loyalty_bookings"
    __table_args__ = (Index(None, "card_id", "reference"),)

    id: Mapped[UuidKey]
    card_id: Mapped[UUID] = mapped_column(ForeignKey(LoyaltyCard.id, ondelete="CASCADE"))
    points: Mapped[int]
    reference: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[CreatedAt]
