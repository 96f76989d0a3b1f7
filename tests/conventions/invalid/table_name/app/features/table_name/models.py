"""Tables."""

from sqlalchemy.orm import Mapped

from app.core.db import Base, UuidKey


class Note(Base):
    """A note."""

    __tablename__ = "TableNameNote"  # violates: table-name

    id: Mapped[UuidKey]


class Event(Base):
    """An event."""

    __tablename__ = "events"  # violates: table-name

    id: Mapped[UuidKey]
