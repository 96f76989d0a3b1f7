"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Draft(Base):
    """A note."""

    __tablename__ = "write_without_where_drafts"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(60))
