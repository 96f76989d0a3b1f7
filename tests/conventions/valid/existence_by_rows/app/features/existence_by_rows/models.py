"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Tree(Base):
    """A tree."""

    __tablename__ = "existence_trees"

    id: Mapped[UuidKey]


class Nest(Base):
    """A nest in a tree."""

    __tablename__ = "existence_nests"

    id: Mapped[UuidKey]
    tree_id: Mapped[UUID] = mapped_column(ForeignKey(Tree.id, ondelete="CASCADE"), index=True)
    bird: Mapped[str] = mapped_column(String(40))
