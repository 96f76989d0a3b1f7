"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.db import Base, UuidKey


class UntypedNote(Base):
    """A note."""

    __tablename__ = "untyped_model_notes"

    id: Mapped[UuidKey]
    title = mapped_column(String(200))  # violates: untyped-model


class OwnBase(DeclarativeBase):  # violates: untyped-model
    """A base of tables without migrations."""
