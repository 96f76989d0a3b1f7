"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class SlugNote(Base):
    """A note."""

    __tablename__ = "unindexed_filter_notes"

    id: Mapped[UuidKey]
    slug: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(60))
