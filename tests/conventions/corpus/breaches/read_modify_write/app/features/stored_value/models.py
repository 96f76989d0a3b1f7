"""Tables: gift cards and credit accounts."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class GiftCard(Base):
    """A card with money on it."""

    __tablename__ = "gift_cards"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance_not_negative"),)

    id: Mapped[UuidKey]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    balance: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    redemptions: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[UpdatedAt]


class CreditAccount(Base):
    """The credits that a workspace has bought in advance."""

    __tablename__ = "credit_accounts"

    id: Mapped[UuidKey]
    workspace: Mapped[str] = mapped_column(String(60), unique=True)
    remaining: Mapped[int]
    usage: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
