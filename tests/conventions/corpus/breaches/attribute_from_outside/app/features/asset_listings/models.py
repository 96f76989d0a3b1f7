"""Tables: equipment."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class Asset(Owned, Base):
    """A piece of equipment."""

    __tablename__ = "assets"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))
    purchase_cents: Mapped[int]
    created_at: Mapped[CreatedAt]
