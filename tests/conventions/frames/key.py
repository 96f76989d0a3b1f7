"""A table without a key; the example has it."""

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Thing(Base):
    """A thing."""

    __tablename__ = "FEATURE_things"

    EXAMPLE  # frame
