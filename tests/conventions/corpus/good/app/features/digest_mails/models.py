"""Tables: followed terms and published articles."""

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class FollowedTerm(Owned, Base):
    """A term that a reader wants to hear of."""

    __tablename__ = "digest_followed_terms"
    __table_args__ = (UniqueConstraint("owner_id", "term"),)

    id: Mapped[UuidKey]
    term: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[CreatedAt]


class DigestArticle(Base):
    """An article that a digest may tell of."""

    __tablename__ = "digest_articles"
    __table_args__ = (Index(None, "published_at", "id"),)

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    teaser: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
