"""Tables: access keys."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class AccessKey(Owned, Base):
    """A key by which a program acts for its owner.

    Attributes:
        prefix: The first characters, by which people recognize a key.
        key_hash: The SHA-256 of the key, which has 256 random bits.
    """

    __tablename__ = "access_keys"
    __table_args__ = (
        UniqueConstraint("owner_id", "name"),
        Index(None, "owner_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(8))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(30)), default=list)
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
