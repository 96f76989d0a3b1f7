"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, UuidKey


class Album(Base):
    """A record."""

    __tablename__ = "eager_relationship_albums"

    id: Mapped[UuidKey]


class Song(Base):
    """A song."""

    __tablename__ = "eager_relationship_songs"

    id: Mapped[UuidKey]
    album_id: Mapped[UUID] = mapped_column(ForeignKey(Album.id, ondelete="CASCADE"), index=True)

    album: Mapped[Album] = relationship(lazy="joined")  # violates: eager-relationship
