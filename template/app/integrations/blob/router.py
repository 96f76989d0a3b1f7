"""Endpoints of files: each validates, calls one service function, and returns."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from starlette.requests import ClientDisconnect

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
from app.core.guards import NoRateLimit, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.integrations.blob import files
from app.integrations.blob.downloads import (
    DownloadConditions,
    DownloadResponse,
    download_headers,
    validators,
)
from app.integrations.blob.errors import (
    ClientUploadsDisabled,
    ContentTypeNotAllowed,
    DownloadUrlsDisabled,
    FileNotFound,
    FileNotReady,
    FileTooLarge,
    InvalidSignature,
    LengthRequired,
    QuotaExceeded,
    RangeNotSatisfiable,
    StorageFull,
)
from app.integrations.blob.models import BlobFile
from app.integrations.blob.schemas import (
    ClientUploadIn,
    ClientUploadOut,
    DownloadUrlOut,
    FileOut,
    FileQuery,
    NewFile,
    Received,
)
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.transfers import TransferShare

UPLOADS = Depends(RateLimit("60/minute", name="uploads"))
DOWNLOADS = Depends(RateLimit("300/minute", name="downloads"))
SHARE = Depends(TransferShare())
UPLOAD_ERRORS = (ContentTypeNotAllowed, FileTooLarge, QuotaExceeded, StorageFull)
BINARY = {"schema": {"type": "string", "format": "binary"}}

router = Router(prefix=API_V1, tags=["files"])


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Declare a body that the endpoint does not parse."""
    return {"requestBody": {"content": {media_type: schema}}}


@router.post(
    "/files",
    response_model=Envelope[FileOut],
    status_code=201,
    dependencies=[UPLOADS, SHARE],
    responses=with_location(
        *UPLOAD_ERRORS, BadRequest, FileNotFound, LengthRequired, TimedOut, *UPSTREAM_ERRORS
    ),
    openapi_extra=_body("application/octet-stream", BINARY),
)
async def upload_file(
    user: CurrentUser, new: Annotated[NewFile, Query()], request: Request, response: Response
) -> DataResponse[BlobFile]:
    """Upload a file; the body is its content.

    The type is detected from the first bytes; a Content-Type that does not match is rejected.
    """
    request.scope["max_body_bytes"] = get(BlobSettings).blob_max_file_bytes
    file = await files.upload_file(
        _stream_body(request),
        owner_id=user.id,
        name=new.name,
        content_type=request.headers.get("content-type"),
        content_length=request.headers.get("content-length", ""),
    )
    response.headers["Location"] = request.url_for("read_file", file_id=file.id).path
    return DataResponse(file)


@router.post(
    "/files/client-uploads",
    response_model=Envelope[ClientUploadOut],
    status_code=201,
    dependencies=[UPLOADS],
    responses=with_location(*UPLOAD_ERRORS, ClientUploadsDisabled),
)
async def offer_client_upload(
    user: CurrentUser,
    session: OwnSession,
    new: ClientUploadIn,
    request: Request,
    response: Response,
) -> DataResponse[ClientUploadOut]:
    """Request a token to upload a file directly to the store.

    The file is `reserved` until the store has reported the upload and the service has checked it.
    """
    upload = await files.offer_client_upload(
        session, new, owner_id=user.id, callback_url=str(request.url_for("take_blob_report"))
    )
    response.headers["Location"] = request.url_for("read_file", file_id=upload.file.id).path
    return DataResponse(upload)


@router.get("/files", response_model=PageEnvelope[FileOut], responses=errors(InvalidCursor))
async def list_files(
    user: CurrentUser, session: OwnReadSession, query: Annotated[FileQuery, Query()]
) -> Page[BlobFile]:
    """List your files, page by page."""
    return await files.list_files(session, query, owner_id=user.id)


@router.get(
    "/files/{file_id:uuid}", response_model=Envelope[FileOut], responses=errors(FileNotFound)
)
async def read_file(session: OwnReadSession, file_id: UUID) -> DataResponse[BlobFile]:
    """Return the metadata of one of your files."""
    return DataResponse(await files.get_file(session, file_id))


@router.get(
    "/files/{file_id:uuid}/content",
    response_class=DownloadResponse,
    dependencies=[DOWNLOADS, SHARE],
    responses={
        200: {"content": {"*/*": BINARY}},
        206: {"description": "The requested part.", "content": {"*/*": BINARY}},
        304: {"description": "Your copy is current."},
    }
    | errors(FileNotFound, FileNotReady, RangeNotSatisfiable, *UPSTREAM_ERRORS),
)
async def download_file(
    session: OwnReadSession, file_id: UUID, conditions: DownloadConditions
) -> Response:
    """Download one of your files, or a part of it."""
    file, part, content = await files.open_file(session, file_id, conditions)
    if content is None:
        return Response(status_code=304, headers=validators(file))
    return DownloadResponse(
        content,
        status_code=200 if part is None else 206,
        media_type=file.content_type,
        headers=download_headers(file, part),
    )


@router.get(
    "/files/{file_id:uuid}/content-url",
    response_model=Envelope[DownloadUrlOut],
    dependencies=[DOWNLOADS, SHARE],
    responses=errors(FileNotFound, FileNotReady, DownloadUrlsDisabled, *UPSTREAM_ERRORS),
)
async def read_content_url(session: OwnReadSession, file_id: UUID) -> DataResponse[DownloadUrlOut]:
    """Return a short-lived URL of one of your files at the store, which needs no login."""
    return DataResponse(await files.offer_download_url(session, file_id))


@router.delete("/files/{file_id:uuid}", status_code=204, responses=errors(FileNotFound))
async def delete_file(session: OwnSession, file_id: UUID) -> None:
    """Delete one of your files."""
    await files.delete_file(session, file_id)


@router.post(
    "/blob/callbacks",
    response_model=Envelope[Received],
    dependencies=[Depends(NoRateLimit())],
    responses=errors(BadRequest, InvalidSignature),
    openapi_extra=_body("application/json", {"schema": {"type": "object"}}),
)
async def take_blob_report(
    session: Session, request: Request, x_vercel_signature: Annotated[str, Header(max_length=200)]
) -> DataResponse[Received]:
    """Receive the store's report of a finished client upload. For the store."""
    await files.receive_report(session, await request.body(), signature=x_vercel_signature)
    return DataResponse(Received(response="ok"))


async def _stream_body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.stream():
            yield part
    except ClientDisconnect:
        raise BadRequest from None  # never sent, but it makes the upload release its bytes
