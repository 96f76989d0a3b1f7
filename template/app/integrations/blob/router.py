"""Endpoints: each validates, calls one function, and returns."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import Session
from app.core.errors import BadRequest, TimedOut
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.integrations.blob import files, uploads
from app.integrations.blob.errors import (
    ClientUploadsDisabled,
    ContentTypeNotAllowed,
    FileNotFound,
    FileNotReady,
    FileTooLarge,
    InvalidSignature,
    LengthRequired,
    QuotaExceeded,
    StorageFull,
)
from app.integrations.blob.models import BlobFile
from app.integrations.blob.schemas import (
    ClientUploadIn,
    ClientUploadOut,
    FileOut,
    FileQuery,
    NewFile,
    Received,
)
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import Store

UPLOADS = [Depends(RateLimit("60/minute", name="uploads"))]
REFUSED = (ContentTypeNotAllowed, FileTooLarge, QuotaExceeded, StorageFull)

files_router = Router(prefix=f"{API_V1}/files", tags=["files"])
blob_router = Router(prefix=f"{API_V1}/blob", tags=["files"])


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Declare a body that the endpoint reads by itself."""
    return {"requestBody": {"content": {media_type: {"schema": schema}}}}


@files_router.post(
    "",
    response_model=Envelope[FileOut],
    status_code=201,
    dependencies=UPLOADS,
    responses=with_location(
        *REFUSED, BadRequest, FileNotFound, LengthRequired, TimedOut, *UPSTREAM_ERRORS
    ),
    openapi_extra=_body("application/octet-stream", {"type": "string", "format": "binary"}),
)
async def upload_file(
    user: CurrentUser,
    store: Store,
    new: Annotated[NewFile, Query()],
    request: Request,
    response: Response,
) -> DataResponse[BlobFile]:
    """Upload a file, which is the body as it is.

    Its type is recognised by its first bytes; a Content-Type that does not fit them is refused.
    """
    settings = get(BlobSettings)
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise LengthRequired
    request.scope["max_body_bytes"] = settings.blob_max_file_bytes
    file = await uploads.upload(
        store,
        _read_body(request),
        owner_id=user.id,
        name=new.name,
        declared=request.headers.get("content-type"),
        size=int(length),
        settings=settings,
    )
    response.headers["Location"] = request.url_for("read_file", file_id=file.id).path
    return DataResponse(file)


@files_router.post(
    "/client-uploads",
    response_model=Envelope[ClientUploadOut],
    status_code=201,
    dependencies=UPLOADS,
    responses=with_location(*REFUSED, ClientUploadsDisabled),
)
async def offer_client_upload(
    user: CurrentUser,
    session: OwnSession,
    new: ClientUploadIn,
    request: Request,
    response: Response,
) -> DataResponse[ClientUploadOut]:
    """Ask for a token to upload a file to the store yourself.

    The file is `reserved` until the store has reported the upload and the service has looked at it.
    """
    settings = get(BlobSettings)
    callback_url = settings.blob_callback_url or str(request.url_for("take_blob_report"))
    offered = await uploads.offer_client_upload(
        session, new, owner_id=user.id, callback_url=callback_url, settings=settings
    )
    response.headers["Location"] = request.url_for("read_file", file_id=offered.file.id).path
    return DataResponse(offered)


@files_router.get("", response_model=PageEnvelope[FileOut], responses=errors(InvalidCursor))
async def list_files(
    user: CurrentUser, session: OwnReadSession, query: Annotated[FileQuery, Query()]
) -> Page[BlobFile]:
    """List your files, page by page."""
    return await files.list_files(session, query, owner_id=user.id)


@files_router.get(
    "/{file_id:uuid}", response_model=Envelope[FileOut], responses=errors(FileNotFound)
)
async def read_file(session: OwnReadSession, file_id: UUID) -> DataResponse[BlobFile]:
    """Return what is known of one of your files."""
    return DataResponse(await files.get_file(session, file_id))


@files_router.get(
    "/{file_id:uuid}/content",
    response_class=StreamingResponse,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}
    | errors(FileNotFound, FileNotReady, *UPSTREAM_ERRORS),
)
async def download_file(session: OwnReadSession, store: Store, file_id: UUID) -> StreamingResponse:
    """Download one of your files."""
    file = await files.get_stored_file(session, file_id)
    content = store.read(file.pathname)
    first = await anext(content, b"")  # what fails, fails before the answer begins
    return StreamingResponse(
        _join(first, content),
        media_type=file.content_type,
        headers={
            "Content-Length": str(file.size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        },
    )


@files_router.delete("/{file_id:uuid}", status_code=204, responses=errors(FileNotFound))
async def delete_file(session: OwnSession, file_id: UUID) -> None:
    """Delete one of your files."""
    await files.delete_file(session, file_id)


@blob_router.post(
    "/callbacks",
    response_model=Envelope[Received],
    responses=errors(BadRequest, InvalidSignature),
    openapi_extra=_body("application/json", {"type": "object"}),
)
async def take_blob_report(
    session: Session, request: Request, x_vercel_signature: Annotated[str, Header(max_length=200)]
) -> DataResponse[Received]:
    """Take a report of the store that a client has uploaded a file. For the store."""
    await uploads.take_report(
        session,
        await request.body(),
        signature=x_vercel_signature,
        settings=get(BlobSettings),
    )
    return DataResponse(Received(response="ok"))


async def _read_body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.stream():
            yield part
    except ClientDisconnect:
        raise BadRequest from None  # nobody reads the answer; what was reserved is freed


async def _join(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for part in rest:
            yield part
