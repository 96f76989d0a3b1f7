"""The store of files: a protocol, and its implementation in a folder for development and tests."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from pydantic import AliasChoices, BaseModel, Field

from app.integrations.blob.errors import FileNotFound

MAX_BLOBS = 1000
"""The most blobs that Vercel lists in a page, and deletes by one request."""

CHUNK_BYTES = 65_536
_PARTIAL = ".part"


class StoredBlob(BaseModel):
    """The metadata of a blob."""

    pathname: str
    size: int = Field(ge=0)
    uploaded_at: datetime = Field(validation_alias=AliasChoices("uploadedAt", "uploaded_at"))


class BlobPage(BaseModel):
    """A page of blobs; `cursor` leads to the next one."""

    blobs: list[StoredBlob]
    cursor: str | None = None


class BlobStore(Protocol):
    """A store of blobs. A method raises `AppError` when the store fails."""

    async def ping(self) -> None:
        """Raise while the store keeps failing; sends no request."""

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Store a blob, all of it or nothing; passes on the errors of `content`."""

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return the metadata of a blob, or `None` if it does not exist."""

    def read(
        self, pathname: str, *, start: int = 0, length: int | None = None
    ) -> AsyncGenerator[bytes]:
        """Yield the content of a blob, or a part of it, in chunks.

        Raises `FileNotFound` if the blob does not exist.
        """

    async def sign_url(self, pathname: str, *, valid_until: datetime) -> str | None:
        """Return a URL of a blob that needs no token; `None` if the store has no such URLs."""

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return up to `MAX_BLOBS` blobs with a prefix."""

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete up to `MAX_BLOBS` blobs; missing ones are ignored."""


async def list_pages(store: BlobStore, prefix: str) -> AsyncIterator[list[StoredBlob]]:
    """Yield every page of the blobs with a prefix."""
    page = await store.list_page(prefix)
    yield page.blobs
    while page.cursor is not None:
        page = await store.list_page(prefix, cursor=page.cursor)
        yield page.blobs


class DiskStore:
    """Stores each blob under its pathname in a folder; see `BlobStore`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is created with the first blob."""
        self._folder = folder.resolve()

    async def ping(self) -> None:
        """Return: a folder is always available."""

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Store a blob; its size and type are not recorded."""
        del size, content_type
        path = self._folder / pathname
        partial = path.with_name(f"{uuid4().hex}{_PARTIAL}")
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        try:
            with await asyncio.to_thread(partial.open, "wb") as file:
                async for chunk in content:
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(partial.rename, path)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return the metadata of a blob."""
        return await asyncio.to_thread(self._head, self._folder / pathname)

    async def read(
        self, pathname: str, *, start: int = 0, length: int | None = None
    ) -> AsyncGenerator[bytes]:
        """Yield the content of a blob, or a part of it."""
        try:
            file = await asyncio.to_thread((self._folder / pathname).open, "rb")
        except FileNotFoundError:
            raise FileNotFound from None
        with file:
            await asyncio.to_thread(file.seek, start)
            left = sys.maxsize if length is None else length
            while chunk := await asyncio.to_thread(file.read, min(CHUNK_BYTES, left)):
                left -= len(chunk)
                yield chunk

    async def sign_url(self, pathname: str, *, valid_until: datetime) -> None:
        """Return `None`: a folder has no URLs."""

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return a page of blobs, sorted by pathname."""
        return await asyncio.to_thread(self._list_page, prefix, cursor or "")

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete blobs."""
        for pathname in pathnames:
            await asyncio.to_thread((self._folder / pathname).unlink, missing_ok=True)

    def _list_page(self, prefix: str, cursor: str) -> BlobPage:
        paths = [path for path in self._folder.rglob("*") if path.suffix != _PARTIAL]
        blobs = [blob for path in paths if path.is_file() and (blob := self._head(path))]
        found = [b for b in blobs if b.pathname.startswith(prefix) and b.pathname > cursor]
        page = sorted(found, key=lambda blob: blob.pathname)[:MAX_BLOBS]
        return BlobPage(blobs=page, cursor=page[-1].pathname if len(found) > len(page) else None)

    def _head(self, path: Path) -> StoredBlob | None:
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        return StoredBlob(
            pathname=path.relative_to(self._folder).as_posix(),
            size=stat.st_size,
            uploaded_at=datetime.fromtimestamp(stat.st_mtime, UTC),
        )
