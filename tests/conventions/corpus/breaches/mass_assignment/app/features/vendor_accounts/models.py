"""Tables: vendors."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class Vendor(Owned, Base):
    """A vendor in the marketplace."""

    __tablename__ = "vendors"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16), default="seller")
    is_verified: Mapped[bool] = mapped_column(default=False)
    balance_cents: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
