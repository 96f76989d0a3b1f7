"""Tables: stock levels."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class StockLevel(Base):
    """The pieces of an article in a warehouse."""

    __tablename__ = "stock_levels"
    __table_args__ = (Index(None, "warehouse", "article", unique=True),)

    id: Mapped[UuidKey]
    warehouse: Mapped[str] = mapped_column(String(12))
    article: Mapped[str] = mapped_column(String(40))
    pieces: Mapped[int]
    updated_at: Mapped[UpdatedAt]
