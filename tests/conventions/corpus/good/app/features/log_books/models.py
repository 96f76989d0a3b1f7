"""Tables: log books, and the terms that customers search for."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class LogBook(Base):
    """A log book."""

    __tablename__ = "log_books"
    __table_args__ = (
        Index(None, "position", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(None, "price", "id"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UuidKey]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class SearchTerm(Base):
    """A term that customers search for."""

    __tablename__ = "search_terms"
    __table_args__ = (Index(None, "searches", "id"),)

    id: Mapped[UuidKey]
    term: Mapped[str] = mapped_column(String(80), unique=True)
    searches: Mapped[int] = mapped_column(default=0)
