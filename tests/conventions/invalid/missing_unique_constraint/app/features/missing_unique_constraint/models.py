"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Harbour(Base):
    """A harbour."""

    __tablename__ = "missing_unique_harbours"

    id: Mapped[UuidKey]
    locode: Mapped[str] = mapped_column(  # violates: missing-unique-constraint
        String(5), index=True
    )


class Berth(Base):
    """A place for a ship."""

    __tablename__ = "missing_unique_berths"
    # violates: missing-unique-constraint
    __table_args__ = (Index(None, "harbour_id", "number"),)

    id: Mapped[UuidKey]
    harbour_id: Mapped[UUID] = mapped_column(ForeignKey(Harbour.id, ondelete="CASCADE"))
    number: Mapped[int]
