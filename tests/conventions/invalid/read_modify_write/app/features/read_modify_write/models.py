"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class ReadmodifywriteCard(Base):
    """A card with an amount."""

    __tablename__ = "readmodifywrite_cards"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    balance: Mapped[int]
