"""Tables."""

from typing import Any

from sqlalchemy import Index, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class FoldedNote(Base):
    """A note."""

    __tablename__ = "unindexable_filter_notes"

    id: Mapped[UuidKey]
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(60), index=True)
    labels: Mapped[dict[str, Any]] = mapped_column(JSONB)


Index("ix_unindexable_filter_notes_folded", func.lower(FoldedNote.slug), unique=True)
Index(None, FoldedNote.labels, postgresql_using="gin")
