"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Leaf(Base):
    """A note."""

    __tablename__ = "unbounded_read_leaves"

    id: Mapped[UuidKey]
    colour: Mapped[str] = mapped_column(String(60), index=True)
