"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey

TITLE = String(200)


class Titled:
    """A mixin with a title."""

    title: Mapped[str] = mapped_column(TITLE)


class TypedNote(Titled, Base):
    """A note."""

    __tablename__ = "untyped_model_notes"
    MOST = 100

    id: Mapped[UuidKey]
