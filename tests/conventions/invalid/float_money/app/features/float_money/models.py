"""Tables."""

from sqlalchemy import REAL
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Ticket(Base):
    """A ticket of a train."""

    __tablename__ = "float_money_tickets"

    id: Mapped[UuidKey]
    fee: Mapped[float] = mapped_column(REAL)  # violates: float-money
    total: Mapped[float]  # violates: float-money
    distance: Mapped[float]
