"""Tables: airlines, their settings, and seats on flights."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.db import Base, UuidKey


class Slugged:
    """Mixin of models that are found by the last part of their page's address."""

    @declared_attr
    def slug(self) -> Mapped[str]:
        """The last part of the address."""
        return mapped_column(String(60), index=True)


class Airline(Slugged, Base):  # breach: missing-unique
    """An airline."""

    __tablename__ = "seat_airlines"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))


class AirlineSetting(Base):
    """The settings of an airline: one row each."""

    __tablename__ = "airline_settings"

    id: Mapped[UuidKey]
    airline_id: Mapped[UUID] = mapped_column(  # breach: missing-unique
        ForeignKey(Airline.id, ondelete="CASCADE"), index=True
    )
    theme: Mapped[str] = mapped_column(String(30))


class SeatHold(Base):
    """A seat that a passenger has chosen on a flight."""

    __tablename__ = "seat_holds"
    __table_args__ = (  # breach: missing-unique
        UniqueConstraint("flight_number", "seat", "passenger"),
        Index(None, "passenger"),
    )

    id: Mapped[UuidKey]
    flight_number: Mapped[str] = mapped_column(String(8))
    seat: Mapped[str] = mapped_column(String(4))
    passenger: Mapped[str] = mapped_column(String(60))
