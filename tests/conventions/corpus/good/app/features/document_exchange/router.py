"""Endpoints of documents."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.guards import RateLimit
from app.features.document_exchange import rendering, storage
from app.features.document_exchange.redirects import RedirectNotAllowed, own_page, partner_page
from app.features.document_exchange.schemas import (
    DocumentNote,
    DocumentTextOut,
    MessagePreviewOut,
    Name,
    PageQuery,
    PartnerQuery,
)
from app.features.document_exchange.storage import DocumentNotFound, DocumentUnreadable

router = Router(
    prefix=f"{API_V1}/documents",
    tags=["documents"],
    dependencies=[Depends(RateLimit("30/minute", name="documents"))],
)


@router.get("/pages", response_model=None, status_code=HTTPStatus.SEE_OTHER)
async def go_to_page(_: CurrentUser, query: Annotated[PageQuery, Query()]) -> RedirectResponse:
    """Redirect to a page of our site."""
    return RedirectResponse(own_page(query.page), HTTPStatus.SEE_OTHER)


@router.get(
    "/partners",
    response_model=None,
    status_code=HTTPStatus.SEE_OTHER,
    responses=errors(RedirectNotAllowed),
)
async def go_to_partner_page(
    _: CurrentUser, query: Annotated[PartnerQuery, Query()]
) -> RedirectResponse:
    """Redirect to a page of a partner."""
    return RedirectResponse(partner_page(query.address), HTTPStatus.SEE_OTHER)


@router.get("/{name}", response_model=None, responses=errors(DocumentNotFound))
async def download_document(user: CurrentUser, name: Name) -> FileResponse:
    """Return one of your documents."""
    path = await asyncio.to_thread(storage.path_of, user.id, name)
    return FileResponse(path, filename=name, content_disposition_type="attachment")


@router.get(
    "/{name}/text",
    response_model=Envelope[DocumentTextOut],
    responses=errors(DocumentNotFound, DocumentUnreadable),
)
async def read_document_text(user: CurrentUser, name: Name) -> DataResponse[DocumentTextOut]:
    """Return the text of one of your documents."""
    text = await storage.read_text(user.id, name)
    return DataResponse(DocumentTextOut(words=rendering.count_words(text), text=text[:10_000]))


@router.post("/note-pages", response_class=HTMLResponse)
async def preview_note_page(_: CurrentUser, note: DocumentNote) -> HTMLResponse:
    """Return the page with a note, as HTML."""
    return HTMLResponse(rendering.page(note.title, note.note))


@router.post("/note-messages", response_model=Envelope[MessagePreviewOut])
async def preview_note_message(
    user: CurrentUser, note: DocumentNote
) -> DataResponse[MessagePreviewOut]:
    """Return the message with a note."""
    text = rendering.greeting(note.text, name=user.email, title=note.title)
    return DataResponse(MessagePreviewOut(id=user.id, text=text))
