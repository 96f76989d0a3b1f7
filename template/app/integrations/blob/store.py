"""Where files are kept: one protocol, by Vercel Blob or in a folder."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends
from pydantic import AliasChoices, BaseModel, Field

MAX_BLOBS = 1000
"""The most blobs that Vercel lists in a page and deletes by a request."""


class StoredBlob(BaseModel):
    """What a store knows of a file."""

    pathname: str
    size: int = Field(ge=0)
    uploaded_at: datetime = Field(validation_alias=AliasChoices("uploadedAt", "uploaded_at"))


class BlobPage(BaseModel):
    """A part of a store; `cursor` leads to the next one."""

    blobs: list[StoredBlob]
    cursor: str | None = None


class BlobStore(Protocol):
    """What keeps files. Each method raises `AppError` when the store does not do what it should."""

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Keep a file, all of it or nothing; what the content raises comes through."""

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return what is known of a file, or `None` if there is none."""

    def read(self, pathname: str) -> AsyncGenerator[bytes]:
        """Yield the content of a file, in parts; raises `FileNotFound` if there is none."""

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return the files whose names begin so, up to `MAX_BLOBS` of them."""

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete files, up to `MAX_BLOBS` of them; that one is not there is no error."""


_stores: list[BlobStore] = []


@contextmanager
def keep_in(store: BlobStore) -> Iterator[None]:
    """Keep files there inside the block, as the module does while it is open."""
    _stores.append(store)
    try:
        yield
    finally:
        _stores.remove(store)


async def current_store() -> BlobStore:
    """Return where files are kept while the module is open; for jobs, and for `Depends`."""
    return _stores[-1]


Store = Annotated[BlobStore, Depends(current_store)]
