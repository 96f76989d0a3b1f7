"""Tables."""

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class OrderedNote(Base):
    """A note."""

    __tablename__ = "guessable_key_notes"

    id: Mapped[UuidKey]


class Rate(Base):
    """The value of a month, with a natural key."""

    __tablename__ = "guessable_key_rates"

    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
