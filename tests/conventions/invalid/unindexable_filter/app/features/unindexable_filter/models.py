"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class FoldedNote(Base):
    """A note."""

    __tablename__ = "unindexable_filter_notes"

    id: Mapped[UuidKey]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
