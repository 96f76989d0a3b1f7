"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class PagedNote(Base):
    """A note."""

    __tablename__ = "offset_pagination_notes"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(60))
