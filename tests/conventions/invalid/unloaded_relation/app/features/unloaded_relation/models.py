"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, UuidKey


class River(Base):
    """A river."""

    __tablename__ = "unloaded_relation_rivers"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    bridges: Mapped[list["Bridge"]] = relationship(lazy="raise", back_populates="river")


class Bridge(Base):
    """A bridge over a river."""

    __tablename__ = "unloaded_relation_bridges"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100))
    river_id: Mapped[UUID] = mapped_column(ForeignKey(River.id, ondelete="CASCADE"), index=True)
    river: Mapped[River] = relationship(lazy="raise", back_populates="bridges")

    @property
    def full_name(self) -> str:
        """The name with that of the river."""
        return f"{self.name} over the {self.river.name}"
