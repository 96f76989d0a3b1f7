"""Tables: customers, and the imports that they came with."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class ImportState(StrEnum):
    """The state of an import."""

    WAITING = "waiting"
    DONE = "done"
    REJECTED = "rejected"


class CustomerImport(Owned, Base):
    """A file of customers.

    Attributes:
        content: The file; removed when its rows are stored.
        checksum: The SHA-256 of the file: the same one is imported once.
        line: The last line that was stored.
    """

    __tablename__ = "customer_imports"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'rejected')", name="state_known"),
        UniqueConstraint("owner_id", "checksum"),
        Index(None, "owner_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    checksum: Mapped[bytes] = mapped_column(LargeBinary(32))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(8), default=ImportState.WAITING)
    line: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class ImportedCustomer(Owned, Base):
    """A customer, by the number that the owner's own system gives."""

    __tablename__ = "imported_customers"
    __table_args__ = (UniqueConstraint("owner_id", "number"), Index(None, "import_id"))

    id: Mapped[UuidKey]
    import_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(CustomerImport.id, ondelete="SET NULL")
    )
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
