"""The files that somebody has. The session is the owner's own."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Page, paginate
from app.integrations.blob.errors import FileNotFound, FileNotReady
from app.integrations.blob.lifecycle import discard
from app.integrations.blob.models import BlobFile, FileState
from app.integrations.blob.schemas import FileQuery

_FILES = select(BlobFile).where(BlobFile.state != FileState.DELETING)


async def list_files(session: AsyncSession, query: FileQuery, *, owner_id: UUID) -> Page[BlobFile]:
    """Return one page of the files that fit."""
    return await paginate(session, _FILES, query, scope=str(owner_id))


async def get_file(session: AsyncSession, file_id: UUID) -> BlobFile:
    """Return a file.

    Raises:
        FileNotFound: There is none with this id.
    """
    file = await session.scalar(_FILES.where(BlobFile.id == file_id))
    if file is None:
        raise FileNotFound
    return file


async def get_stored_file(session: AsyncSession, file_id: UUID) -> BlobFile:
    """Return a file that is there to be read.

    Raises:
        FileNotFound: There is none with this id.
        FileNotReady: It is not uploaded yet.
    """
    file = await get_file(session, file_id)
    if file.state != FileState.STORED:
        raise FileNotReady
    return file


async def delete_file(session: AsyncSession, file_id: UUID) -> None:
    """Delete a file; the store follows, and then its bytes are free.

    Raises:
        FileNotFound: There is none with this id.
    """
    file = await get_file(session, file_id)
    await discard(session, file.id)
