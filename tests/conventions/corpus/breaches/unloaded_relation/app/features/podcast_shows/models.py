"""Tables: shows, hosts and episodes."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, CreatedAt, UuidKey


class ShowHost(Base):
    """A person who presents shows."""

    __tablename__ = "show_hosts"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), unique=True)


class Show(Base):
    """A podcast."""

    __tablename__ = "podcast_shows"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200), unique=True)
    host_id: Mapped[UUID] = mapped_column(ForeignKey(ShowHost.id, ondelete="RESTRICT"), index=True)

    host: Mapped[ShowHost] = relationship(lazy="raise")


class Episode(Base):
    """An episode of a podcast."""

    __tablename__ = "podcast_episodes"

    id: Mapped[UuidKey]
    show_id: Mapped[UUID] = mapped_column(ForeignKey(Show.id, ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]

    show: Mapped[Show] = relationship(lazy="raise")

    def credits(self) -> str:
        """Return the title and the host, who must be loaded."""
        return f"{self.title} by {self.show.host.name}"
