"""Files in a folder, for development and tests: whole or not there, like those at Vercel."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from app.integrations.blob.errors import FileNotFound
from app.integrations.blob.store import MAX_BLOBS, BlobPage, StoredBlob

PART_BYTES = 65_536
_UNFINISHED = ".part"


class DiskStore:
    """Keeps each file under its pathname in a folder; see `BlobStore`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when it is needed."""
        self._folder = folder.resolve()

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Keep a file; its size and type are in its content."""
        del size, content_type
        path = self._folder / pathname
        unfinished = path.with_name(f"{uuid4().hex}{_UNFINISHED}")
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        try:
            with await asyncio.to_thread(unfinished.open, "wb") as file:
                async for part in content:
                    await asyncio.to_thread(file.write, part)
            await asyncio.to_thread(unfinished.rename, path)
        finally:
            await asyncio.to_thread(unfinished.unlink, missing_ok=True)

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return what is known of a file."""
        return await asyncio.to_thread(self._look_at, self._folder / pathname)

    async def read(self, pathname: str) -> AsyncGenerator[bytes]:
        """Yield the content of a file."""
        try:
            file = await asyncio.to_thread((self._folder / pathname).open, "rb")
        except FileNotFoundError:
            raise FileNotFound from None
        with file:
            while part := await asyncio.to_thread(file.read, PART_BYTES):
                yield part

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return some of the files, by name."""
        return await asyncio.to_thread(self._list_page, prefix, cursor or "")

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete files."""
        for pathname in pathnames:
            await asyncio.to_thread((self._folder / pathname).unlink, missing_ok=True)

    def _list_page(self, prefix: str, cursor: str) -> BlobPage:
        paths = [path for path in self._folder.rglob("*") if path.suffix != _UNFINISHED]
        known = [blob for path in paths if path.is_file() and (blob := self._look_at(path))]
        found = [b for b in known if b.pathname.startswith(prefix) and b.pathname > cursor]
        page = sorted(found, key=lambda blob: blob.pathname)[:MAX_BLOBS]
        return BlobPage(blobs=page, cursor=page[-1].pathname if len(found) > len(page) else None)

    def _look_at(self, path: Path) -> StoredBlob | None:
        try:
            known = path.stat()
        except FileNotFoundError:
            return None
        return StoredBlob(
            pathname=path.relative_to(self._folder).as_posix(),
            size=known.st_size,
            uploaded_at=datetime.fromtimestamp(known.st_mtime, UTC),
        )
