"""Tables: coupons and their redemptions."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class Coupon(Base):
    """A coupon of a campaign."""

    __tablename__ = "coupons"
    __table_args__ = (CheckConstraint("redemptions_left >= 0", name="left_not_negative"),)

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    discount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    redemptions_left: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class CouponRedemption(Owned, Base):
    """A coupon that a customer has redeemed."""

    __tablename__ = "coupon_redemptions"
    __table_args__ = (
        Index(None, "owner_id", "coupon_id", unique=True),
        Index(None, "coupon_id"),
    )

    id: Mapped[UuidKey]
    coupon_id: Mapped[UUID] = mapped_column(ForeignKey(Coupon.id, ondelete="RESTRICT"))
    order_number: Mapped[str] = mapped_column(String(20))
    discount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    redeemed_at: Mapped[CreatedAt]
