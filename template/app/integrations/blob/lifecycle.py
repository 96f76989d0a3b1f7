"""The states of a file: reserved, stored, deleting, deleted. Each step is one short transaction.

A process that dies between two steps leaves a row that names the next one: the job
`finalize_upload` ends a reservation, the job `delete_blob` ends a deletion, and `reconcile` finds
the rest.
"""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.accounts.owned import ALL_OWNERS
from app.core.db import release_connection
from app.core.jobs import Retry, job
from app.core.services import get
from app.integrations.blob.content_types import (
    detect_content_type,
    read_head,
    sniff_content_type,
)
from app.integrations.blob.errors import ContentTypeNotAllowed, FileTooLarge
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage, FileState
from app.integrations.blob.quota import release_bytes, reserve_bytes
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore, list_pages

RESERVATION_MARGIN = timedelta(minutes=5)
"""The time from the limit of an upload to the end of its reservation: no upload is running then."""

RECHECK_SECONDS = 15.0
"""The pause before looking again for a blob that was reported but is not listed yet."""

log = structlog.get_logger()


class FileId(BaseModel):
    """The id of a file."""

    file_id: UUID


class Pathname(BaseModel):
    """The pathname of a blob."""

    pathname: str


class UserFiles(BaseModel):
    """The blobs of a deleted user."""

    user_id: UUID
    prefix: str


async def reserve_file(
    session: AsyncSession,
    *,
    owner_id: UUID,
    name: str,
    content_type: str,
    size: int,
    lifetime: timedelta,
) -> BlobFile:
    """Create the record of a file that is about to be uploaded, and count its bytes.

    Args:
        session: The transaction.
        owner_id: The owner.
        name: The name for the owner's list.
        content_type: The type of the content.
        size: The bytes to count.
        lifetime: The time until which the upload has begun, or has ended if the service runs it.

    Raises:
        FileTooLarge: The file is larger than `BLOB_MAX_FILE_BYTES`.
        QuotaExceeded: The user has fewer bytes left.
        StorageFull: The service has fewer bytes left.
    """
    settings = get(BlobSettings)
    if size > settings.blob_max_file_bytes:
        message = f"The file is too large: the limit is {settings.blob_max_file_bytes} bytes."
        raise FileTooLarge(message)
    await reserve_bytes(session, owner_id, size)
    file_id = uuid7()
    reserved_for = lifetime + RESERVATION_MARGIN
    file = BlobFile(
        id=file_id,
        owner_id=owner_id,
        name=name,
        content_type=content_type,
        size=size,
        pathname=f"{user_prefix(owner_id)}{file_id}",
        state=FileState.RESERVED,
        reserved_until=datetime.now(UTC) + reserved_for,
    )
    session.add(file)
    await session.flush()
    await finalize_upload.enqueue(session, FileId(file_id=file_id), delay=reserved_for)
    return file


async def mark_stored(session: AsyncSession, file_id: UUID, *, size: int) -> BlobFile | None:
    """Mark a reserved file as stored, and release the bytes that it does not need.

    Args:
        session: The transaction.
        file_id: The file.
        size: The size of the blob, at most the reserved one.

    Returns:
        The file, or `None` if it is not reserved any more.
    """
    file = await session.scalar(
        select(BlobFile)
        .where(BlobFile.id == file_id, BlobFile.state == FileState.RESERVED)
        .options(ALL_OWNERS)
        .with_for_update()
    )
    if file is None:
        return None
    unused = file.size - size
    file.state, file.reserved_until, file.size = FileState.STORED, None, size
    await session.flush()
    if unused:
        await release_bytes(session, file.owner_id, unused)
    return file


async def mark_deleting(session: AsyncSession, file_id: UUID) -> None:
    """Mark a file as deleting, and enqueue the deletion of its blob, which releases its bytes."""
    pathname = await session.scalar(
        update(BlobFile)
        .where(BlobFile.id == file_id, BlobFile.state != FileState.DELETING)
        .values(state=FileState.DELETING, reserved_until=None)
        .options(ALL_OWNERS)
        .returning(BlobFile.pathname)
    )
    if pathname is not None:
        await delete_blob.enqueue(session, Pathname(pathname=pathname))


async def delete_record(session: AsyncSession, pathname: str, *, state: FileState) -> None:
    """Delete the record of a file without a blob, if it is in this state; release its bytes."""
    statement = (
        delete(BlobFile)
        .where(BlobFile.pathname == pathname, BlobFile.state == state)
        .options(ALL_OWNERS)
        .returning(BlobFile.owner_id, BlobFile.size)
    )
    deleted = (await session.execute(statement)).one_or_none()
    if deleted is not None:
        await release_bytes(session, deleted.owner_id, deleted.size)


async def forget_user(session: AsyncSession, user_id: UUID) -> None:
    """Enqueue the deletion of the blobs of a user who is about to be deleted."""
    files = UserFiles(user_id=user_id, prefix=user_prefix(user_id))
    await delete_user_files.enqueue(session, files)


def user_prefix(user_id: UUID) -> str:
    """Return the prefix of the pathnames of a user's blobs."""
    return f"{get(BlobSettings).blob_prefix}/{user_id}/"


@job(name="settle_blob", leased=True)
async def finalize_upload(session: AsyncSession, payload: FileId) -> None:
    """End a reservation: mark the file as stored if its blob is valid, else delete it."""
    file = await session.scalar(
        select(BlobFile)
        .where(BlobFile.id == payload.file_id, BlobFile.state == FileState.RESERVED)
        .options(ALL_OWNERS)
    )
    if file is None or file.reserved_until is None:
        return
    await release_connection(session)
    store = get(BlobStore)
    blob = await store.head(file.pathname)
    if blob is None:
        if file.reserved_until > datetime.now(UTC):
            raise Retry(after=RECHECK_SECONDS)
        await delete_record(session, file.pathname, state=FileState.RESERVED)
    elif blob.size <= file.size and await _has_declared_type(store, file):
        await mark_stored(session, file.id, size=blob.size)
    else:
        await mark_deleting(session, file.id)


@job(name="remove_blob", leased=True)
async def delete_blob(session: AsyncSession, payload: Pathname) -> None:
    """Delete a blob at the store, then the record of its file."""
    await get(BlobStore).delete([payload.pathname])
    await delete_record(session, payload.pathname, state=FileState.DELETING)


@job(name="forget_blobs_of_user", timeout=3600, leased=True)
async def delete_user_files(session: AsyncSession, payload: UserFiles) -> None:
    """Delete every blob of a deleted user, then release the bytes."""
    store = get(BlobStore)
    async for blobs in list_pages(store, payload.prefix):
        if blobs:
            await store.delete([blob.pathname for blob in blobs])
    usage = delete(BlobUsage).where(BlobUsage.holder == payload.user_id)
    released = await session.scalar(usage.returning(BlobUsage.used_bytes))
    await release_bytes(session, SERVICE, released or 0)


async def _has_declared_type(store: BlobStore, file: BlobFile) -> bool:
    async with aclosing(store.read(file.pathname)) as content:
        head = await read_head(content)
    try:
        sniff_content_type(head, file.content_type, allowed=[file.content_type])
    except ContentTypeNotAllowed:
        detected = detect_content_type(head)
        types = {"declared": file.content_type, "detected": detected}
        log.warning("upload_rejected", file_id=str(file.id), **types)
        return False
    return True
