"""Tables: donors and donations."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, UuidKey


class Donor(Base):
    """A person who gives."""

    __tablename__ = "charity_donors"
    __table_args__ = (Index(None, "country", "id"),)

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))

    donations: Mapped[list["Donation"]] = relationship(lazy="raise")


class Donation(Base):
    """A gift."""

    __tablename__ = "charity_donations"
    __table_args__ = (Index(None, "given_on", "id"),)

    id: Mapped[UuidKey]
    donor_id: Mapped[UUID] = mapped_column(ForeignKey(Donor.id, ondelete="RESTRICT"), index=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    given_on: Mapped[date]
