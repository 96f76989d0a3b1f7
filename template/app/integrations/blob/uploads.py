"""Uploads: through the service as a stream, or by the client to the store.

No transaction is open while a file passes by: that would hold a connection of the pool for as long.
So an upload has three short ones of its own, in place of the request's: reserve, then keep, or
discard.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.database import AsyncSessionLocal
from app.core.errors import BadRequest
from app.integrations.blob.client_tokens import is_signed, make_client_token
from app.integrations.blob.content_types import HEAD_BYTES, recognise
from app.integrations.blob.errors import (
    BodyIncomplete,
    ClientUploadsOff,
    ContentTypeRefused,
    FileNotFound,
    FileTooLarge,
    SignatureRefused,
    UploadTooSlow,
)
from app.integrations.blob.life import FileId, Pathname, Wanted, discard, keep, remove, reserve, settle
from app.integrations.blob.models import BlobFile
from app.integrations.blob.schemas import ClientUploadIn, Report
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file on its way to the service.

    Attributes:
        owner_id: Whose it is going to be.
        name: What its owner calls it.
        size: What the client says it has; not more is read.
        declared: The type that the client says it is of.
        body: Its content.
    """

    owner_id: UUID
    name: str
    size: int
    declared: str | None
    body: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientUpload:
    """What a client needs to send a file to the store."""

    file: BlobFile
    pathname: str
    token: str
    access: str
    upload_url: str
    valid_until: datetime


async def upload(store: BlobStore, incoming: Incoming, *, settings: BlobSettings) -> BlobFile:
    """Pass a file on to the store, part by part.

    Raises:
        AppError: The file is too large, of the wrong type or incomplete, there is no room for it,
            or the store did not take it; what was reserved is freed.
    """
    check_size(incoming.size, settings)
    head = await _read_head(incoming.body)
    wanted = Wanted(
        owner_id=incoming.owner_id,
        name=incoming.name,
        content_type=recognise(
            head[:HEAD_BYTES], incoming.declared, allowed=settings.blob_content_types
        ),
        size=incoming.size,
    )
    async with AsyncSessionLocal.begin() as session:
        file = await reserve(session, wanted, settings=settings)
    try:
        async with asyncio.timeout(settings.blob_upload_minutes * 60):
            content = _exactly(incoming.size, head, incoming.body)
            await store.put(
                file.pathname, content, size=incoming.size, content_type=file.content_type
            )
    except Exception as error:
        async with AsyncSessionLocal.begin() as session:
            await discard(session, file.id)
        if isinstance(error, TimeoutError):
            raise UploadTooSlow from error
        raise
    async with AsyncSessionLocal.begin() as session:
        kept = await keep(session, file.id, size=incoming.size)
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
) -> ClientUpload:
    """Reserve the place of a file that the client sends to the store itself.

    Raises:
        ClientUploadsOff: Files are kept in a folder.
        FileTooLarge: It is too large.
        ContentTypeRefused: Its type is not taken.
        QuotaReached: The user has no room for it.
        StoreFull: The service has none.
    """
    if settings.blob_read_write_token is None:
        raise ClientUploadsOff
    check_size(new.size, settings)
    if new.content_type not in settings.blob_content_types:
        raise ContentTypeRefused
    wanted = Wanted(
        owner_id=owner_id, name=new.name, content_type=new.content_type, size=new.size
    )
    file = await reserve(session, wanted, settings=settings)
    valid_until = datetime.now(UTC) + timedelta(minutes=settings.blob_upload_minutes)
    token = make_client_token(
        settings.blob_read_write_token.get_secret_value(),
        pathname=file.pathname,
        size=file.size,
        content_type=file.content_type,
        valid_until=valid_until,
        callback_url=callback_url,
    )
    return ClientUpload(
        file=file,
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
        SignatureRefused: It is not by the store.
        BadRequest: It says something else.
    """
    token = settings.blob_read_write_token
    if token is None or not is_signed(token.get_secret_value(), body, signature):
        raise SignatureRefused
    try:
        pathname = Report.model_validate_json(body).payload.blob.pathname
    except ValidationError:
        raise BadRequest from None
    known = select(BlobFile.id).where(BlobFile.pathname == pathname).options(ALL_OWNERS)
    file_id = await session.scalar(known)
    if file_id is not None:
        await settle.enqueue(session, FileId(file_id=file_id))
    elif pathname.startswith(f"{settings.blob_prefix}/"):  # freed before the upload ended
        await remove.enqueue(session, Pathname(pathname=pathname))


def check_size(size: int, settings: BlobSettings) -> None:
    """Refuse a file that is too large.

    Raises:
        FileTooLarge: It is.
    """
    if size > settings.blob_max_file_bytes:
        message = f"The file is too large: {settings.blob_max_file_bytes} bytes are the most."
        raise FileTooLarge(message)


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
    if head:
        yield head
    async for part in body:
        left -= len(part)
        if left < 0:
            break
        yield part
    if left:
        raise BodyIncomplete
