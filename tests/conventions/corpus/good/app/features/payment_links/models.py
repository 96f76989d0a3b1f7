"""Tables: payment links."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class PaymentLink(Owned, Base):
    """A link of a merchant; amounts are whole cents."""

    __tablename__ = "payment_links"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        Index(None, "owner_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    remote_id: Mapped[str] = mapped_column(String(60), unique=True)
    url: Mapped[str] = mapped_column(String(300))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    labels: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    paid_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
