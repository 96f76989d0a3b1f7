"""Tables: links in newsletters."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class NewsletterLink(Base):
    """A link in a newsletter."""

    __tablename__ = "newsletter_links"

    id: Mapped[UuidKey]
    label: Mapped[str] = mapped_column(String(200))
    clicks: Mapped[int] = mapped_column(default=0)


class NewsletterOpening(Base):
    """A newsletter that was opened."""

    __tablename__ = "newsletter_openings"

    id: Mapped[UuidKey]
    newsletter_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[CreatedAt]
