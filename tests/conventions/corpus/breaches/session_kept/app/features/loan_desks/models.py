"""Tables: applications for loans."""

from decimal import Decimal

from sqlalchemy import Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class LoanApplication(Base):
    """A request for a loan."""

    __tablename__ = "loan_applications"
    __table_args__ = (Index(None, "officer", "created_at"),)

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    officer: Mapped[str | None] = mapped_column(String(60))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    created_at: Mapped[CreatedAt]
