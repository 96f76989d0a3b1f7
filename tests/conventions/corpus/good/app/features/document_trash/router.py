"""Endpoints of documents and their trash."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
)
from app.core.db.errors import AlreadyExists
from app.features.document_trash import service
from app.features.document_trash.errors import DocumentApproved, DocumentNotFound
from app.features.document_trash.models import TrashableDocument
from app.features.document_trash.schemas import DocumentOut, DocumentQuery
from app.features.document_trash.unit_of_work import DocumentWork

router = Router(prefix=f"{API_V1}/trashable-documents", tags=["documents"])


@router.get("", response_model=PageEnvelope[DocumentOut], responses=errors(InvalidCursor))
async def list_trashable_documents(
    user: CurrentUser, session: OwnReadSession, query: Annotated[DocumentQuery, Query()]
) -> Page[TrashableDocument]:
    """List your documents that are not in the trash."""
    return await service.list_documents(session, query, owner_id=user.id)


@router.delete(
    "/{document_id}", status_code=204, responses=errors(DocumentApproved, DocumentNotFound)
)
async def trash_document(work: DocumentWork, document_id: UUID) -> None:
    """Move a document to the trash, where it stays for thirty days."""
    await service.trash(work, document_id)


@router.post(
    "/{document_id}/restoration",
    response_model=Envelope[DocumentOut],
    responses=errors(AlreadyExists, DocumentNotFound),
)
async def restore_document(
    work: DocumentWork, document_id: UUID
) -> DataResponse[TrashableDocument]:
    """Take a document out of the trash."""
    return DataResponse(await service.restore(work, document_id))


@router.post(
    "/{document_id}/approval",
    response_model=Envelope[DocumentOut],
    responses=errors(DocumentNotFound),
)
async def approve_document(
    work: DocumentWork, document_id: UUID
) -> DataResponse[TrashableDocument]:
    """Approve the current version of a document; repeating it changes nothing."""
    return DataResponse(await service.approve(work, document_id))
