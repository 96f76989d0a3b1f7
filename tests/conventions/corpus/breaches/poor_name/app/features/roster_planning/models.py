"""Tables: shifts."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class RosterShift(Owned, Base):
    """A shift of one person."""

    __tablename__ = "roster_shifts"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="starts_before_end"),)

    id: Mapped[UuidKey]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
