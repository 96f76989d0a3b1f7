"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Bed(Base):
    """A note."""

    __tablename__ = "write_in_read_session_beds"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
