"""The service of files: list, upload, download and delete.

No transaction is open while a file is streamed: it would hold a connection of the pool for as
long. An upload therefore has two short transactions of its own instead of the request's: one
reserves the file, the other marks it as stored or as deleting.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS, OwnerSession
from app.core.api import Page, paginate
from app.core.db import AsyncSessionLocal, release_connection
from app.core.errors import BadRequest, TimedOut
from app.core.services import get
from app.integrations.blob.client_uploads import is_signed, make_client_token
from app.integrations.blob.content_types import read_head, sniff_content_type
from app.integrations.blob.downloads import Conditions, Part
from app.integrations.blob.errors import (
    ClientUploadsDisabled,
    ContentTypeNotAllowed,
    DownloadUrlsDisabled,
    FileNotFound,
    FileNotReady,
    InvalidSignature,
    LengthRequired,
)
from app.integrations.blob.lifecycle import (
    FileId,
    Pathname,
    delete_blob,
    finalize_upload,
    mark_deleting,
    mark_stored,
    reserve_file,
)
from app.integrations.blob.models import BlobFile, FileState
from app.integrations.blob.schemas import (
    ClientUploadIn,
    ClientUploadOut,
    DownloadUrlOut,
    FileOut,
    FileQuery,
    UploadReport,
)
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore

_FILES = select(BlobFile).where(BlobFile.state != FileState.DELETING)


async def list_files(session: OwnerSession, query: FileQuery, *, owner_id: UUID) -> Page[BlobFile]:
    """Return one page of the owner's files that match the query."""
    return await paginate(session, _FILES, query, scope=str(owner_id))


async def get_file(session: OwnerSession, file_id: UUID) -> BlobFile:
    """Return a file of the owner.

    Raises:
        FileNotFound: The owner has no file with this id.
    """
    file = await session.scalar(_FILES.where(BlobFile.id == file_id))
    if file is None:
        raise FileNotFound
    return file


async def get_stored_file(session: OwnerSession, file_id: UUID) -> BlobFile:
    """Return a file of the owner that can be downloaded.

    Raises:
        FileNotFound: The owner has no file with this id.
        FileNotReady: The file is not uploaded yet.
    """
    file = await get_file(session, file_id)
    if file.state != FileState.STORED:
        raise FileNotReady
    return file


async def open_file(
    session: OwnerSession, file_id: UUID, conditions: Conditions
) -> tuple[BlobFile, Part | None, AsyncGenerator[bytes] | None]:
    """Return a file of the owner, the requested part of it, and the content of that part.

    The part is `None` for the whole file, and the content if the client has the file.

    Raises:
        FileNotFound: The owner has no file with this id, or its blob does not exist.
        FileNotReady: The file is not uploaded yet.
        RangeNotSatisfiable: The requested range begins after the end of the file.
        UpstreamError: The store does not respond.
    """
    file = await get_stored_file(session, file_id)
    if conditions.has_current(file):
        return file, None, None
    part = conditions.part_of(file)
    start, length = (part.start, part.length) if part else (0, None)
    await release_connection(session)
    content = get(BlobStore).read(file.pathname, start=start, length=length)
    first = await anext(content, b"")  # an error is raised before the response starts
    return file, part, _prepend(first, content)


async def offer_download_url(session: OwnerSession, file_id: UUID) -> DownloadUrlOut:
    """Return a URL of the content of a file of the owner, valid for `BLOB_DOWNLOAD_MINUTES`.

    Raises:
        FileNotFound: The owner has no file with this id.
        FileNotReady: The file is not uploaded yet.
        DownloadUrlsDisabled: Files are stored in a folder.
        UpstreamError: The store does not respond.
    """
    file = await get_stored_file(session, file_id)
    await release_connection(session)
    valid_until = datetime.now(UTC) + timedelta(minutes=get(BlobSettings).blob_download_minutes)
    url = await get(BlobStore).sign_url(file.pathname, valid_until=valid_until)
    if url is None:
        raise DownloadUrlsDisabled
    return DownloadUrlOut(url=url, valid_until=valid_until)


async def delete_file(session: OwnerSession, file_id: UUID) -> None:
    """Delete a file of the owner; its bytes are released when the store has deleted the blob.

    Raises:
        FileNotFound: The owner has no file with this id.
    """
    file = await get_file(session, file_id)
    await mark_deleting(session, file.id)


async def upload_file(
    body: AsyncIterator[bytes],
    *,
    owner_id: UUID,
    name: str,
    content_type: str | None,
    content_length: str,
) -> BlobFile:
    """Stream a file to the store.

    Args:
        body: The content.
        owner_id: The owner.
        name: The name for the owner's list.
        content_type: The type declared by the client, if any.
        content_length: The size declared by the client, in bytes; more is not read.

    Raises:
        AppError: The file is too large, of the wrong type or incomplete, there is no room for it,
            or the store failed. The reservation is released.
    """
    if not (content_length.isascii() and content_length.isdigit()):
        raise LengthRequired
    settings, size = get(BlobSettings), int(content_length)
    head = await read_head(body)
    content_type = sniff_content_type(head, content_type, allowed=settings.blob_content_types)
    limit = timedelta(minutes=settings.blob_upload_minutes)
    async with AsyncSessionLocal.begin() as session:
        file = await reserve_file(
            session,
            owner_id=owner_id,
            name=name,
            content_type=content_type,
            size=size,
            lifetime=limit,
        )
    try:
        async with asyncio.timeout(limit.total_seconds()):
            content = _exactly(size, head, body)
            await get(BlobStore).put(file.pathname, content, size=size, content_type=content_type)
    except Exception as error:
        async with AsyncSessionLocal.begin() as session:
            await mark_deleting(session, file.id)
        if isinstance(error, TimeoutError):
            raise TimedOut from error
        raise
    async with AsyncSessionLocal.begin() as session:
        stored = await mark_stored(session, file.id, size=size)
        if stored is None:  # the file or its owner was deleted during the upload
            await delete_blob.enqueue(session, Pathname(pathname=file.pathname))
    if stored is None:
        raise FileNotFound
    return stored


async def offer_client_upload(
    session: OwnerSession, new: ClientUploadIn, *, owner_id: UUID, callback_url: str
) -> ClientUploadOut:
    """Reserve a file that the client sends to the store itself, and sign a token for it.

    Args:
        session: The session of the owner.
        new: The file.
        owner_id: The owner.
        callback_url: The address for the store's report, unless `BLOB_CALLBACK_URL` is set.

    Raises:
        ClientUploadsDisabled: Files are stored in a folder.
        ContentTypeNotAllowed: The type is not allowed.
        FileTooLarge: The file is larger than `BLOB_MAX_FILE_BYTES`.
        QuotaExceeded: The user has fewer bytes left.
        StorageFull: The service has fewer bytes left.
    """
    settings = get(BlobSettings)
    if settings.blob_read_write_token is None:
        raise ClientUploadsDisabled
    if new.content_type not in settings.blob_content_types:
        raise ContentTypeNotAllowed
    lifetime = timedelta(minutes=settings.blob_client_upload_minutes)
    valid_until = datetime.now(UTC) + lifetime
    file = await reserve_file(session, owner_id=owner_id, lifetime=lifetime, **new.model_dump())
    token = make_client_token(
        settings.blob_read_write_token.get_secret_value(),
        pathname=file.pathname,
        size=file.size,
        content_type=file.content_type,
        valid_until=valid_until,
        callback_url=settings.blob_callback_url or callback_url,
    )
    return ClientUploadOut(
        file=FileOut.model_validate(file),
        pathname=file.pathname,
        token=token,
        access="private",
        upload_url=f"{settings.blob_api_url}/?pathname={file.pathname}",
        valid_until=valid_until,
    )


async def receive_report(session: AsyncSession, body: bytes, *, signature: str) -> None:
    """Enqueue the check of a client's upload that the store reports as finished.

    A repeated report changes nothing.

    Raises:
        InvalidSignature: The report is not signed by the store.
        BadRequest: The body is no such report.
    """
    settings = get(BlobSettings)
    token = settings.blob_read_write_token
    if token is None or not is_signed(token.get_secret_value(), body, signature):
        raise InvalidSignature
    try:
        pathname = UploadReport.model_validate_json(body).pathname
    except ValidationError:
        raise BadRequest from None
    by_pathname = select(BlobFile.id).where(BlobFile.pathname == pathname).options(ALL_OWNERS)
    file_id = await session.scalar(by_pathname)
    if file_id is not None:
        await finalize_upload.enqueue(session, FileId(file_id=file_id))
    elif pathname.startswith(f"{settings.blob_prefix}/"):  # deleted before the upload ended
        await delete_blob.enqueue(session, Pathname(pathname=pathname))


async def _prepend(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for part in rest:
            yield part


async def _exactly(size: int, head: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body, and raise at its end unless it has the declared size."""
    left = size - len(head)
    yield head
    async for part in body:
        left -= len(part)
        yield part
    if left:
        raise BadRequest("The body does not have the size in Content-Length.")
