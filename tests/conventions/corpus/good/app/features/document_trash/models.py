"""Tables: documents, their versions, and the audit of the actions on them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UpdatedAt, UuidKey


class DocumentAction(StrEnum):
    """An action on a document."""

    TRASHED = "trashed"
    RESTORED = "restored"
    APPROVED = "approved"


class TrashableDocument(Owned, Base):
    """A document; one in the trash has the time of its deletion.

    The titles of a folder are unique among those that are not in the trash.
    """

    __tablename__ = "trashable_documents"
    __table_args__ = (
        Index(
            None,
            "owner_id",
            "folder",
            "title",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(None, "owner_id", "updated_at", "id"),
        Index(None, "deleted_at"),
    )

    id: Mapped[UuidKey]
    folder: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    approved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class DocumentVersion(Base):
    """A text of a document; the highest number is the current one."""

    __tablename__ = "document_versions"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[UuidKey]
    document_id: Mapped[UUID] = mapped_column(ForeignKey(TrashableDocument.id, ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class DocumentAudit(Base):
    """A line of the audit. It outlives the document and the account, so neither key is strong."""

    __tablename__ = "document_audits"
    __table_args__ = (Index(None, "document_id", "happened_at"), Index(None, "actor_id"))

    id: Mapped[UuidKey]
    document_id: Mapped[UUID]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(10))
    happened_at: Mapped[CreatedAt]
