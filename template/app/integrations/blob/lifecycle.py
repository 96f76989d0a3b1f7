"""The life of a file: reserved, stored, deleting, gone. Each step is one short transaction.

Whatever is killed between two steps leaves a row that says what is to be done: a reservation ends
by the job `settle`, a deletion is the job `remove`, and `reconcile` finds the rest.
"""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.accounts.owned import ALL_OWNERS
from app.core.jobs import Retry, job
from app.integrations.blob.content_types import HEAD_BYTES, sniff_content_type
from app.integrations.blob.errors import ContentTypeNotAllowed, FileTooLarge
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage, FileState
from app.integrations.blob.quota import give_bytes_back, take_bytes
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore, current_store

GRACE = timedelta(minutes=10)
"""How much longer than an upload may take its reservation lasts: then none is going on any more."""

SECONDS_TO_SETTLE = 15.0
"""How soon to look again for a blob that is said to be there."""


class FileId(BaseModel):
    """A file."""

    file_id: UUID


class Pathname(BaseModel):
    """A blob."""

    pathname: str


class Leaver(BaseModel):
    """A user who is gone."""

    user_id: UUID
    prefix: str


async def reserve(
    session: AsyncSession,
    *,
    owner_id: UUID,
    name: str,
    content_type: str,
    size: int,
    settings: BlobSettings,
) -> BlobFile:
    """Take the place of a file that somebody is about to upload.

    Raises:
        FileTooLarge: No file may be so large.
        QuotaExceeded: The user has no room for it.
        StorageFull: The service has none.
    """
    if size > settings.blob_max_file_bytes:
        message = f"The file is too large: {settings.blob_max_file_bytes} bytes are the most."
        raise FileTooLarge(message)
    await take_bytes(session, owner_id, size, settings=settings)
    file_id, lasts = uuid7(), timedelta(minutes=settings.blob_upload_minutes) + GRACE
    file = BlobFile(
        id=file_id,
        owner_id=owner_id,
        name=name,
        content_type=content_type,
        size=size,
        pathname=f"{prefix_of(owner_id, settings)}{file_id}",
        state=FileState.RESERVED,
        reserved_until=datetime.now(UTC) + lasts,
    )
    session.add(file)
    await session.flush()
    await settle.enqueue(session, FileId(file_id=file_id), delay=lasts)
    return file


async def keep(session: AsyncSession, file_id: UUID, *, size: int) -> BlobFile | None:
    """Note that a reserved file is stored, and give back what it does not need.

    Args:
        session: Of the transaction.
        file_id: The file.
        size: What it has really, at most what was reserved.

    Returns:
        The file, or `None` if nothing is reserved for it any more.
    """
    file = await session.scalar(
        select(BlobFile)
        .where(BlobFile.id == file_id, BlobFile.state == FileState.RESERVED)
        .options(ALL_OWNERS)
        .with_for_update()
    )
    if file is None:
        return None
    spare = file.size - size
    file.state, file.reserved_until, file.size = FileState.STORED, None, size
    await session.flush()
    if spare:
        await give_bytes_back(session, file.owner_id, spare)
    return file


async def discard(session: AsyncSession, file_id: UUID) -> None:
    """Mark a file as deleted, and have the store follow; then its bytes are free."""
    pathname = await session.scalar(
        update(BlobFile)
        .where(BlobFile.id == file_id, BlobFile.state != FileState.DELETING)
        .values(state=FileState.DELETING, reserved_until=None)
        .options(ALL_OWNERS)
        .returning(BlobFile.pathname)
    )
    if pathname is not None:
        await remove.enqueue(session, Pathname(pathname=pathname))


async def drop(session: AsyncSession, pathname: str, *, state: FileState) -> bool:
    """Forget a file whose blob is gone, if it is still in this state; its bytes are free."""
    statement = (
        delete(BlobFile)
        .where(BlobFile.pathname == pathname, BlobFile.state == state)
        .options(ALL_OWNERS)
        .returning(BlobFile.owner_id, BlobFile.size)
    )
    gone = (await session.execute(statement)).one_or_none()
    if gone is not None:
        await give_bytes_back(session, gone.owner_id, gone.size)
    return gone is not None


def prefix_of(user_id: UUID, settings: BlobSettings) -> str:
    """Return what the names of a user's blobs begin with."""
    return f"{settings.blob_prefix}/{user_id}/"


@job(name="settle_blob")
async def settle(session: AsyncSession, payload: FileId) -> None:
    """End a reservation: keep the file if it was uploaded and is what was said, else free it."""
    file = await session.scalar(
        select(BlobFile)
        .where(BlobFile.id == payload.file_id, BlobFile.state == FileState.RESERVED)
        .options(ALL_OWNERS)
    )
    if file is None or file.reserved_until is None:
        return
    store = await current_store()
    blob = await store.head(file.pathname)
    if blob is None:
        if file.reserved_until > datetime.now(UTC):
            raise Retry(after=SECONDS_TO_SETTLE)
        await drop(session, file.pathname, state=FileState.RESERVED)
    elif blob.size <= file.size and await _is_what_it_says(store, file):
        await keep(session, file.id, size=blob.size)
    else:
        await discard(session, file.id)


@job(name="remove_blob")
async def remove(session: AsyncSession, payload: Pathname) -> None:
    """Delete a blob at the store, then its row."""
    await (await current_store()).delete([payload.pathname])
    await drop(session, payload.pathname, state=FileState.DELETING)


@job(name="forget_blobs_of_user", timeout=3600)
async def forget(session: AsyncSession, payload: Leaver) -> None:
    """Delete every blob of a user who left, then free what they took."""
    store, cursor = await current_store(), None
    while True:
        await session.execute(select(1))  # a transaction that does nothing for long is ended
        page = await store.list_page(payload.prefix, cursor=cursor)
        if page.blobs:
            await store.delete([blob.pathname for blob in page.blobs])
        if page.cursor is None:
            break
        cursor = page.cursor
    left = delete(BlobUsage).where(BlobUsage.holder == payload.user_id)
    freed = await session.scalar(left.returning(BlobUsage.used_bytes))
    await give_bytes_back(session, SERVICE, freed or 0)


async def _is_what_it_says(store: BlobStore, file: BlobFile) -> bool:
    head = b""
    async with aclosing(store.read(file.pathname)) as content:
        async for part in content:
            head += part
            if len(head) >= HEAD_BYTES:
                break
    try:
        sniff_content_type(head[:HEAD_BYTES], file.content_type, allowed=[file.content_type])
    except ContentTypeNotAllowed:
        return False
    return True
