"""Tables: suppliers."""

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class Supplier(Base):
    """A company that the purchasing team orders from."""

    __tablename__ = "suppliers"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 0 AND 100", name="rating_in_range"),
        Index(None, "country", "name"),
    )

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    country: Mapped[str] = mapped_column(String(2))
    rating: Mapped[int]
    created_at: Mapped[CreatedAt]
