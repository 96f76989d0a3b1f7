"""Uploads: through the service as a stream, or by the client to the store.

No transaction is open while a file passes by: that would hold a connection of the pool for as long.
So an upload has two short ones of its own in place of the request's: reserve, then keep or discard.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.db import AsyncSessionLocal
from app.core.errors import BadRequest, TimedOut
from app.integrations.blob.client_tokens import is_signed, make_client_token
from app.integrations.blob.content_types import HEAD_BYTES, sniff_content_type
from app.integrations.blob.errors import (
    ClientUploadsDisabled,
    ContentTypeNotAllowed,
    FileNotFound,
    InvalidSignature,
)
from app.integrations.blob.lifecycle import FileId, Pathname, discard, keep, remove, reserve, settle
from app.integrations.blob.models import BlobFile
from app.integrations.blob.schemas import ClientUploadIn, ClientUploadOut, FileOut, Report
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore


async def upload(
    store: BlobStore,
    body: AsyncIterator[bytes],
    *,
    owner_id: UUID,
    name: str,
    declared: str | None,
    size: int,
    settings: BlobSettings,
) -> BlobFile:
    """Pass a file on to the store, part by part.

    Args:
        store: Where to.
        body: Its content.
        owner_id: Whose it is going to be.
        name: What its owner calls it.
        declared: The type that the client says it is of.
        size: How large the client says it is; not more is read.
        settings: The quotas and the types that are taken.

    Raises:
        AppError: The file is too large, of the wrong type or incomplete, there is no room for it,
            or the store did not take it. What was reserved is freed.
    """
    head = await _read_head(body)
    content_type = sniff_content_type(
        head[:HEAD_BYTES], declared, allowed=settings.blob_content_types
    )
    async with AsyncSessionLocal.begin() as session:
        file = await reserve(
            session,
            owner_id=owner_id,
            name=name,
            content_type=content_type,
            size=size,
            settings=settings,
        )
    try:
        async with asyncio.timeout(settings.blob_upload_minutes * 60):
            content = _exactly(size, head, body)
            await store.put(file.pathname, content, size=size, content_type=content_type)
    except Exception as error:
        async with AsyncSessionLocal.begin() as session:
            await discard(session, file.id)
        if isinstance(error, TimeoutError):
            raise TimedOut from error
        raise
    async with AsyncSessionLocal.begin() as session:
        kept = await keep(session, file.id, size=size)
        if kept is None:  # deleted meanwhile, or the user has left
            await remove.enqueue(session, Pathname(pathname=file.pathname))
    if kept is None:
        raise FileNotFound
    return kept


async def offer_client_upload(
    session: AsyncSession,
    new: ClientUploadIn,
    *,
    owner_id: UUID,
    callback_url: str,
    settings: BlobSettings,
) -> ClientUploadOut:
    """Reserve the place of a file that the client sends to the store itself.

    Raises:
        ClientUploadsDisabled: Files are kept in a folder.
        ContentTypeNotAllowed: Its type is not taken.
        FileTooLarge: No file may be so large.
        QuotaExceeded: The user has no room for it.
        StorageFull: The service has none.
    """
    if settings.blob_read_write_token is None:
        raise ClientUploadsDisabled
    if new.content_type not in settings.blob_content_types:
        raise ContentTypeNotAllowed
    file = await reserve(session, owner_id=owner_id, settings=settings, **new.model_dump())
    valid_until = datetime.now(UTC) + timedelta(minutes=settings.blob_upload_minutes)
    token = make_client_token(
        settings.blob_read_write_token.get_secret_value(),
        pathname=file.pathname,
        size=file.size,
        content_type=file.content_type,
        valid_until=valid_until,
        callback_url=callback_url,
    )
    return ClientUploadOut(
        file=FileOut.model_validate(file),
        pathname=file.pathname,
        token=token,
        access="private",
        upload_url=f"{settings.blob_api_url.rstrip('/')}/?pathname={file.pathname}",
        valid_until=valid_until,
    )


async def take_report(
    session: AsyncSession, body: bytes, *, signature: str, settings: BlobSettings
) -> None:
    """Take the store's word that a client's upload is finished, and look for ourselves in a job.

    A report of a file that is settled already changes nothing, so it may come again.

    Raises:
        InvalidSignature: It is not by the store.
        BadRequest: It says something else.
    """
    token = settings.blob_read_write_token
    if token is None or not is_signed(token.get_secret_value(), body, signature):
        raise InvalidSignature
    try:
        pathname = Report.model_validate_json(body).pathname
    except ValidationError:
        raise BadRequest from None
    known = select(BlobFile.id).where(BlobFile.pathname == pathname).options(ALL_OWNERS)
    file_id = await session.scalar(known)
    if file_id is not None:
        await settle.enqueue(session, FileId(file_id=file_id))
    elif pathname.startswith(f"{settings.blob_prefix}/"):  # freed before the upload ended
        await remove.enqueue(session, Pathname(pathname=pathname))


async def _read_head(body: AsyncIterator[bytes]) -> bytes:
    """Return the beginning of a body, enough of it to recognise what it is."""
    head = b""
    async for part in body:
        head += part
        if len(head) >= HEAD_BYTES:
            break
    return head


async def _exactly(size: int, head: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a file, and raise at its end unless it has the announced size."""
    left = size - len(head)
    yield head
    async for part in body:
        left -= len(part)
        yield part
    if left:
        raise BadRequest("The body is not as long as Content-Length says.")
