"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Tree(Base):
    """A note."""

    __tablename__ = "query_in_loop_trees"

    id: Mapped[UuidKey]
    kind: Mapped[str] = mapped_column(String(60), unique=True)
