"""Tables: expenses of business trips."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class TravelExpense(Owned, Base):
    """An expense of a business trip."""

    __tablename__ = "travel_expenses"

    id: Mapped[UuidKey]
    purpose: Mapped[str] = mapped_column(String(200))
    cents: Mapped[int]
    approved_by: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
