"""The blobs of the fake of Vercel Blob, as files in a folder."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import orjson

MAX_PATHNAME = 950
MAX_FILE_NAME = 255
CACHE_SECONDS = 2_592_000


class Refused(Exception):
    """An error response in Vercel's format."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Blob:
    """A stored blob."""

    pathname: str
    size: int
    uploaded_at: datetime
    content_type: str
    cache_seconds: int
    etag: str


@dataclass(frozen=True)
class Target:
    """A blob that a request may write.

    Attributes:
        pathname: Its pathname, a random suffix included.
        content_type: Its media type.
        cache_seconds: The seconds for which caches keep it.
        most: Its largest size in bytes.
        report: The webhook for the completed upload of a client.
    """

    pathname: str
    content_type: str
    cache_seconds: int
    most: int | None
    report: dict[str, Any] | None


class BlobFiles:
    """The content of each blob in a file, and what is stored with it in another.

    A pathname is quoted to become the name of one file, so that `a` and `a/b` can both exist.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is created if necessary."""
        self._content, self._details = folder / "content", folder / "details"
        self.unfinished = folder / "unfinished"
        for path in (self._content, self._details, self.unfinished):
            path.mkdir(parents=True, exist_ok=True)

    def path(self, pathname: str) -> Path:
        """Return the file of a blob, which need not exist.

        Raises:
            Refused: Vercel, or this fake, allows no such pathname.
        """
        if not pathname or len(pathname) > MAX_PATHNAME or "//" in pathname:
            raise Refused(400, "bad_request", "pathname is not valid")
        name = _file_name(pathname)
        if len(name) > MAX_FILE_NAME:
            message = f"this fake stores no pathname of more than {MAX_FILE_NAME} bytes, quoted"
            raise Refused(400, "bad_request", message)
        return self._content / name

    def find(self, pathname: str) -> Blob | None:
        """Return a blob, if it exists."""
        path = self.path(pathname)
        if not path.is_file():
            return None
        known, details_path = path.stat(), self._details / path.name
        details = orjson.loads(details_path.read_bytes()) if details_path.exists() else {}
        return Blob(
            pathname=pathname,
            size=known.st_size,
            uploaded_at=datetime.fromtimestamp(known.st_mtime, UTC),
            content_type=details.get("content_type") or guess_type(pathname),
            cache_seconds=details.get("cache_seconds", CACHE_SECONDS),
            etag=f'"{sha256(f"{known.st_mtime_ns} {known.st_size}".encode()).hexdigest()[:32]}"',
        )

    def get(self, pathname: str) -> Blob:
        """Return a blob.

        Raises:
            Refused: It does not exist.
        """
        if blob := self.find(pathname):
            return blob
        raise Refused(404, "not_found", "The requested blob does not exist")

    def search(self, prefix: str) -> list[Blob]:
        """Return the blobs whose pathnames begin with a prefix, sorted."""
        names = sorted(unquote(path.name) for path in self._content.iterdir())
        found = (self.find(name) for name in names if name.startswith(prefix))
        return [blob for blob in found if blob]

    def keep(self, file: Path, pathname: str, **details: str | int) -> Blob:
        """Make an unfinished file the content of a blob."""
        path = self.path(pathname)
        (self._details / path.name).write_bytes(orjson.dumps(details))
        file.rename(path)
        return self.get(pathname)

    def remove(self, pathname: str) -> None:
        """Delete a blob; a missing one is no error."""
        path = self.path(pathname)
        path.unlink(missing_ok=True)
        (self._details / path.name).unlink(missing_ok=True)

    @contextmanager
    def unfinished_file(self) -> Iterator[Path]:
        """Yield the path of a new file, which is removed unless it is moved elsewhere."""
        path = self.unfinished / uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


async def receive(content: AsyncIterator[bytes], path: Path, *, most: int | None) -> None:
    """Write a request's body to a file.

    Raises:
        Refused: It has more bytes than `most`.
    """
    size = 0
    with path.open("wb") as file:
        async for part in content:
            size += len(part)
            if most is not None and size > most:
                message = f"the file length cannot be greater than {most}"
                raise Refused(400, "bad_request", message)
            await asyncio.to_thread(file.write, part)


def guess_type(pathname: str) -> str:
    """Return the media type that the end of a pathname suggests."""
    return mimetypes.guess_type(pathname)[0] or "application/octet-stream"


def _file_name(pathname: str) -> str:
    return quote(pathname, safe="")
