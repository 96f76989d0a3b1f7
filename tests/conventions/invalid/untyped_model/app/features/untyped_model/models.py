"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.db import Base, UuidKey


class UntypedNote(Base):
    """A note."""

    __tablename__ = "untyped_model_notes"

    id: Mapped[UuidKey]
    title = mapped_column(String(200))  # breach: untyped-model


class OwnBase(DeclarativeBase):  # breach: untyped-model
    """The base of tables that nobody migrates."""
