"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Bill(Base):
    """A note."""

    __tablename__ = "commit_in_service_bills"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(60))
