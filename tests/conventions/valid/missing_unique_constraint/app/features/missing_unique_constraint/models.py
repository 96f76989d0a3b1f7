"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class Harbour(Base):
    """A harbour."""

    __tablename__ = "missing_unique_harbours"

    id: Mapped[UuidKey]
    locode: Mapped[str] = mapped_column(String(5), unique=True)
    name: Mapped[str] = mapped_column(String(100), index=True)


class Berth(Base):
    """A place for a ship."""

    __tablename__ = "missing_unique_berths"
    __table_args__ = (
        UniqueConstraint("harbour_id", "number"),
        Index(None, "ship", unique=True, postgresql_where=text("left_at IS NULL")),
    )

    id: Mapped[UuidKey]
    harbour_id: Mapped[UUID] = mapped_column(ForeignKey(Harbour.id, ondelete="CASCADE"))
    number: Mapped[int]
    ship: Mapped[str] = mapped_column(String(100))
    left_at: Mapped[int | None]


class Boat(Owned, Base):
    """A boat of a user, who gives each another name."""

    __tablename__ = "missing_unique_boats"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100))
