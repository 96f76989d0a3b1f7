"""Services of documents; each takes the unit of work of the request."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.core.api import Page, paginate
from app.features.document_trash.errors import DocumentApproved
from app.features.document_trash.models import DocumentAction, TrashableDocument
from app.features.document_trash.schemas import DocumentQuery
from app.features.document_trash.unit_of_work import DocumentsUnitOfWork

KEEP = timedelta(days=30)
PURGED_AT_ONCE = 500


def not_deleted(model: type[Any]) -> ColumnElement[bool]:
    """Return the condition for the rows that are not in the trash."""
    condition: ColumnElement[bool] = model.deleted_at.is_(None)
    return condition


async def list_documents(
    session: OwnerSession, query: DocumentQuery, *, owner_id: UUID
) -> Page[TrashableDocument]:
    """Return one page of the documents that are not in the trash."""
    statement = select(TrashableDocument).where(not_deleted(TrashableDocument))
    return await paginate(session, statement, query, scope=str(owner_id))


async def trash(work: DocumentsUnitOfWork, document_id: UUID) -> None:
    """Move a document to the trash.

    Raises:
        DocumentApproved: The document is approved.
        DocumentNotFound: The user has no such document.
    """
    document = await work.documents.get(document_id)
    if document.approved_at is not None:
        raise DocumentApproved
    document.deleted_at = datetime.now(UTC)
    work.audit.record(document, DocumentAction.TRASHED)
    await work.flush()


async def restore(work: DocumentsUnitOfWork, document_id: UUID) -> TrashableDocument:
    """Take a document out of the trash.

    Raises:
        DocumentNotFound: The trash has no such document.
    """
    document = await work.documents.take_out_of_trash(document_id)
    work.audit.record(document, DocumentAction.RESTORED)
    await work.flush()
    return document


async def approve(work: DocumentsUnitOfWork, document_id: UUID) -> TrashableDocument:
    """Approve the current version; a second approval changes nothing.

    Raises:
        DocumentNotFound: The user has no such document.
    """
    document = await work.documents.get(document_id)
    if document.approved_at is None:
        document.approved_at = datetime.now(UTC)
        work.audit.record(document, DocumentAction.APPROVED)
        await work.documents.prune_versions(document.id)
        await work.flush()
    return document


async def purge_trash(session: AsyncSession) -> int:
    """Delete some documents that have been in the trash for a month, and return their number."""
    is_expired = TrashableDocument.deleted_at < datetime.now(UTC) - KEEP
    some = select(TrashableDocument.id).where(is_expired).limit(PURGED_AT_ONCE)
    # The condition is repeated, for a document that is restored while the statement waits for it.
    deleted = await session.scalars(
        delete(TrashableDocument)
        .where(TrashableDocument.id.in_(some), is_expired)
        .returning(TrashableDocument.id)
        .options(ALL_OWNERS)
    )
    return len(deleted.all())
