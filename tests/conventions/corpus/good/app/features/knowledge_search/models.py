"""Tables: articles and saved searches."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class KnowledgeArticle(Base):
    """An article that everybody may read.

    Attributes:
        words: The text search vector of title and text, kept by PostgreSQL.
    """

    __tablename__ = "knowledge_articles"
    __table_args__ = (
        Index(None, "words", postgresql_using="gin"),
        Index(
            "ix_knowledge_articles_title_trgm",
            "title",
            postgresql_using="gin",
            postgresql_ops={"title": "gin_trgm_ops"},
        ),
        Index(None, "published_at", "id", postgresql_where=text("published_at IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(String(40)), default=list)
    words: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('english', title || ' ' || text)", persisted=True),
        deferred=True,
    )
    published_at: Mapped[datetime | None]
    updated_at: Mapped[UpdatedAt]


class SavedSearch(Owned, Base):
    """A search that a user wants to repeat."""

    __tablename__ = "knowledge_saved_searches"
    __table_args__ = (UniqueConstraint("owner_id", "terms"),)

    id: Mapped[UuidKey]
    terms: Mapped[str] = mapped_column(String(200))
    last_article_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
