"""Tables."""

from sqlalchemy.orm import Mapped

from app.core.db import Base, UuidKey


class Person(Base):
    """A person."""

    __tablename__ = "table_name_people"

    id: Mapped[UuidKey]


class PersonEvent(Base):
    """An event in a person's life."""

    __tablename__ = "person_events"

    id: Mapped[UuidKey]
