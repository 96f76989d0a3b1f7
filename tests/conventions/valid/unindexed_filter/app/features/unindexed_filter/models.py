"""Tables."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class SlugNote(Base):
    """A note."""

    __tablename__ = "unindexed_filter_notes"
    __table_args__ = (Index(None, "slug", "colour"),)

    id: Mapped[UuidKey]
    slug: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(60))
    read_at: Mapped[datetime | None]


class OwnNote(Owned, Base):
    """A note of a user."""

    __tablename__ = "unindexed_filter_own_notes"

    id: Mapped[UuidKey]
    colour: Mapped[str] = mapped_column(String(60))
