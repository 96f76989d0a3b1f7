"""Tables of files and of the storage that they use."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey

SERVICE = UUID(int=0)
"""The holder of the bytes of all users together."""


class FileState(StrEnum):
    """The state of a file."""

    RESERVED = "reserved"
    STORED = "stored"
    DELETING = "deleting"


class BlobFile(Owned, Base):
    """A file: reserved, then stored, then deleted at the store."""

    __tablename__ = "blob_files"
    __table_args__ = (
        CheckConstraint("state IN ('reserved', 'stored', 'deleting')", name="state_known"),
        CheckConstraint("size >= 0", name="size_not_negative"),
        CheckConstraint("(state = 'reserved') = (reserved_until IS NOT NULL)", name="has_an_end"),
        Index(None, "owner_id", "created_at", "id", "state", "content_type"),
    )

    id: Mapped[UuidKey]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    pathname: Mapped[str] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    reserved_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class BlobUsage(Base):
    """The bytes that the files of a holder use, reserved ones included.

    A holder is a user or `SERVICE`. There is no foreign key: the row of a deleted user stays until
    the store has deleted the files.
    """

    __tablename__ = "blob_usage"
    __table_args__ = (CheckConstraint("used_bytes >= 0", name="used_bytes_not_negative"),)

    holder: Mapped[UUID] = mapped_column(primary_key=True)
    used_bytes: Mapped[int] = mapped_column(BigInteger)
