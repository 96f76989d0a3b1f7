"""Tables: sites, their editors and pages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class Site(Base):
    """A site."""

    __tablename__ = "edited_sites"

    id: Mapped[UuidKey]
    domain: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[CreatedAt]


class SiteEditor(Base):
    """A user who may edit a site. The row is the site's; it goes when either of them goes."""

    __tablename__ = "edited_site_editors"
    __table_args__ = (Index(None, "user_id", "site_id", unique=True),)

    site_id: Mapped[UUID] = mapped_column(ForeignKey(Site.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)


class SitePage(Base):
    """A page; its paths are unique among those that were not deleted."""

    __tablename__ = "edited_site_pages"
    __table_args__ = (
        Index(None, "site_id", "path", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index(None, "site_id", "updated_at", "id"),
        Index(None, "template_id"),
    )

    id: Mapped[UuidKey]
    site_id: Mapped[UUID] = mapped_column(ForeignKey(Site.id, ondelete="CASCADE"))
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("edited_site_pages.id", ondelete="SET NULL")
    )
    path: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = deferred(mapped_column(Text))
    deleted_at: Mapped[datetime | None]
    updated_at: Mapped[UpdatedAt]

    template: Mapped["SitePage | None"] = relationship(lazy="raise", remote_side="SitePage.id")
