"""Tables."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Book(Base):
    """A book, all of it."""

    __tablename__ = "wide_read_books"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
