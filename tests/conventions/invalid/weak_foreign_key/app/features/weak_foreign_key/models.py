"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Album(Base):
    """A record."""

    __tablename__ = "weak_foreign_key_albums"

    id: Mapped[UuidKey]


class Song(Base):
    """A song; a cover is of another one."""

    __tablename__ = "weak_foreign_key_songs"

    id: Mapped[UuidKey]
    album_id: Mapped[UUID] = mapped_column(  # violates: weak-foreign-key
        ForeignKey(Album.id, ondelete="CASCADE")
    )
    cover_of: Mapped[UUID | None] = mapped_column(  # violates: weak-foreign-key
        ForeignKey("weak_foreign_key_songs.id"), index=True
    )
