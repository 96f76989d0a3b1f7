"""Tables: events of shops."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class ShopEvent(Owned, Base):
    """Something that happened; the number is the order in which events were written."""

    __tablename__ = "shop_feed_events"
    __table_args__ = (Index(None, "owner_id", "number", unique=True),)

    id: Mapped[UuidKey]
    number: Mapped[int] = mapped_column(BigInteger, Identity())
    shop_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[CreatedAt]
