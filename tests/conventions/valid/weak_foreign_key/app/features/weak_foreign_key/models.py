"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Album(Base):
    """A record."""

    __tablename__ = "weak_foreign_key_albums"

    id: Mapped[UuidKey]


class Song(Base):
    """A song; a cover is of another one."""

    __tablename__ = "weak_foreign_key_songs"
    __table_args__ = (UniqueConstraint("album_id", "place"), Index(None, "cover_of", "place"))

    id: Mapped[UuidKey]
    album_id: Mapped[UUID] = mapped_column(ForeignKey(Album.id, ondelete="CASCADE"))
    place: Mapped[int]
    cover_of: Mapped[UUID | None] = mapped_column(
        ForeignKey("weak_foreign_key_songs.id", ondelete="SET NULL")
    )


class Remark(Base):
    """The details of a record, one at most, found by its primary key."""

    __tablename__ = "weak_foreign_key_remarks"

    album_id: Mapped[UUID] = mapped_column(
        ForeignKey(Album.id, ondelete="CASCADE"), primary_key=True
    )
