"""Tables: claims that are overdue."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class OverdueClaim(Base):
    """An invoice that was not paid in time."""

    __tablename__ = "overdue_claims"
    __table_args__ = (Index(None, "due_on", "id"),)

    id: Mapped[UuidKey]
    invoice_number: Mapped[str] = mapped_column(String(40), unique=True)
    debtor_email: Mapped[str] = mapped_column(String(254))
    open_amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    due_on: Mapped[date]
    created_at: Mapped[CreatedAt]
