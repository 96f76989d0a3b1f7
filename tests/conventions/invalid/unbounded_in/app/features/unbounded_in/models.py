"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Bee(Base):
    """A bee."""

    __tablename__ = "unbounded_in_bees"
    __table_args__ = (Index(None, "colour"),)

    id: Mapped[UuidKey]
    colour: Mapped[str] = mapped_column(String(20))


class Flight(Base):
    """A flight of a bee."""

    __tablename__ = "unbounded_in_flights"

    id: Mapped[UuidKey]
    bee_id: Mapped[UUID] = mapped_column(ForeignKey(Bee.id, ondelete="CASCADE"), index=True)
