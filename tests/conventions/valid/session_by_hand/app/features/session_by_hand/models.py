"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Letter(Base):
    """A note."""

    __tablename__ = "session_by_hand_letters"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(60))
