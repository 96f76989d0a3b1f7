"""A unit of work: the repositories of one request, on its session."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import delete, select, update

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnerSession, OwnSession
from app.features.document_trash.errors import DocumentNotFound
from app.features.document_trash.models import (
    DocumentAction,
    DocumentAudit,
    DocumentVersion,
    TrashableDocument,
)

KEPT_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class DocumentRepository:
    """The documents of one user that are not in the trash, and those that are."""

    session: OwnerSession

    async def get(self, document_id: UUID) -> TrashableDocument:
        """Return a document that is not in the trash, locked until the commit.

        Raises:
            DocumentNotFound: There is none with this id.
        """
        statement = (
            select(TrashableDocument)
            .where(TrashableDocument.id == document_id, TrashableDocument.deleted_at.is_(None))
            .with_for_update()
        )
        document: TrashableDocument | None = await self.session.scalar(statement)
        if document is None:
            raise DocumentNotFound
        return document

    async def take_out_of_trash(self, document_id: UUID) -> TrashableDocument:
        """Return a document of the trash, restored in the statement that finds it.

        Raises:
            DocumentNotFound: The trash has none with this id.
        """
        statement = (
            update(TrashableDocument)
            .where(TrashableDocument.id == document_id, TrashableDocument.deleted_at.is_not(None))
            .values(deleted_at=None)
            .returning(TrashableDocument)
        )
        document: TrashableDocument | None = await self.session.scalar(statement)
        if document is None:
            raise DocumentNotFound
        return document

    async def prune_versions(self, document_id: UUID) -> None:
        """Delete all versions of a document but the newest ones."""
        outdated = (
            select(DocumentVersion.id)
            .where(DocumentVersion.document_id == document_id)
            .order_by(DocumentVersion.number.desc())
            .offset(KEPT_VERSIONS)
        )
        await self.session.execute(delete(DocumentVersion).where(DocumentVersion.id.in_(outdated)))


@dataclass(frozen=True, slots=True)
class AuditRepository:
    """The audit of documents; it only grows."""

    session: OwnerSession
    actor_id: UUID

    def record(self, document: TrashableDocument, action: DocumentAction) -> None:
        """Add a line to the audit, in the transaction of the action."""
        line = DocumentAudit(document_id=document.id, actor_id=self.actor_id, action=action)
        self.session.add(line)


class DocumentsUnitOfWork:
    """The repositories of a request; the request commits them together."""

    def __init__(self, session: OwnerSession, actor_id: UUID) -> None:
        """Bind the repositories to the session of the request."""
        self._session = session
        self.documents = DocumentRepository(session)
        self.audit = AuditRepository(session, actor_id)

    async def flush(self) -> None:
        """Send the changes to the database."""
        await self._session.flush()


async def begin_work(session: OwnSession, user: CurrentUser) -> DocumentsUnitOfWork:
    """Return the unit of work of a request."""
    return DocumentsUnitOfWork(session, user.id)


DocumentWork = Annotated[DocumentsUnitOfWork, Depends(begin_work)]


def is_purgeable(document: TrashableDocument, *, keep: timedelta) -> bool:
    """Return whether a document has been in the trash for long enough."""
    return document.deleted_at is not None and datetime.now(UTC) - document.deleted_at > keep
