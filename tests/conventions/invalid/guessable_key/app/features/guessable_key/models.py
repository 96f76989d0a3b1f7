"""Tables."""

from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class CountedNote(Base):
    """A note."""

    __tablename__ = "guessable_key_counted_notes"

    id: Mapped[int] = mapped_column(primary_key=True)  # violates: guessable-key


class RandomNote(Base):
    """A note."""

    __tablename__ = "guessable_key_random_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)  # violates: guessable-key
