"""Tables: wallets of sellers and their payouts."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class SellerWallet(Owned, Base):
    """The money that a seller earned, in cents."""

    __tablename__ = "seller_wallets"
    __table_args__ = (CheckConstraint("cents >= 0", name="cents_not_negative"),)

    id: Mapped[UuidKey]
    cents: Mapped[int]


class SellerPayout(Owned, Base):
    """A payout to a seller's bank account."""

    __tablename__ = "seller_payouts"

    id: Mapped[UuidKey]
    cents: Mapped[int]
    reference: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
