"""Tables: pieces of evidence."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class EvidencePiece(Owned, Base):
    """A file that proves a claim."""

    __tablename__ = "evidence_pieces"
    __table_args__ = (Index(None, "owner_id", "digest", unique=True),)

    id: Mapped[UuidKey]
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    created_at: Mapped[CreatedAt]
