"""Files in a private store of Vercel Blob, over its HTTP API.

The API is that of Vercel's own libraries (version 12, read in 2026-11); docs/decisions/0020 says why
they are not used.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Annotated, Self, TypeVar

import httpx2
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.circuit_breaker import CircuitBreaker
from app.core.http_client import HttpClient, Timeouts, UpstreamFailed
from app.integrations.blob.client_tokens import store_of
from app.integrations.blob.errors import FileNotFound, StoreRefused
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import MAX_DELETED, BlobPage, StoredBlob

API_VERSION = "12"
log = structlog.get_logger()


class _Known(BaseModel):
    """A blob, as the API describes it."""

    model_config = ConfigDict(from_attributes=True)

    pathname: str
    size: Annotated[int, Field(ge=0)]
    uploaded_at: datetime = Field(alias="uploadedAt")

    def read(self) -> StoredBlob:
        return StoredBlob(self.pathname, self.size, self.uploaded_at)


class _Listed(BaseModel):
    """A page of a list, as the API describes it."""

    blobs: list[_Known]
    has_more: bool = Field(alias="hasMore")
    cursor: str | None = None


AnswerT = TypeVar("AnswerT", bound=BaseModel)


class VercelStore:
    """Keeps files at Vercel; see `BlobStore`. Open it before it is used."""

    def __init__(self, settings: BlobSettings, token: str) -> None:
        """Prepare to call Vercel; nothing is connected yet."""
        seconds = settings.blob_timeout_seconds
        timeouts = Timeouts(connect=min(seconds, 5.0), read=seconds, write=seconds)
        headers = {"Authorization": f"Bearer {token}", "x-api-version": API_VERSION}
        self.breaker = CircuitBreaker("blob")
        self._upload_seconds = settings.blob_upload_minutes * 60.0
        self._api = HttpClient(
            "blob",
            base_url=settings.blob_api_url,
            headers=headers,
            timeouts=timeouts,
            deadline=seconds,
            breaker=self.breaker,
        )
        self._content = HttpClient(
            "blob",
            base_url=settings.blob_content_url.format(store=store_of(token).lower()),
            headers=headers,
            timeouts=timeouts,
            deadline=seconds,
            breaker=self.breaker,
        )
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the connections' pools."""
        await self._opened.enter_async_context(self._api)
        await self._opened.enter_async_context(self._content)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._opened.aclose()

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Keep a file, in one request that is not repeated: its content passes by only once."""
        response = await self._api.request(
            "PUT",
            "/",
            params={"pathname": pathname},
            headers={
                "Content-Length": str(size),
                "x-vercel-blob-access": "private",
                "x-content-type": content_type,
                "x-add-random-suffix": "0",
                "x-allow-overwrite": "0",
            },
            content=content,
            deadline=self._upload_seconds,
            retry=False,
        )
        _check(response)

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return what is known of a file."""
        response = await self._api.request("GET", "/", params={"url": pathname})
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _parse(response, _Known).read()

    async def read(self, pathname: str) -> AsyncGenerator[bytes]:
        """Yield the content of a file."""
        async with self._content.stream("GET", f"/{pathname}") as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise FileNotFound
            if not response.is_success:
                await response.aread()
            _check(response)
            async for part in response.aiter_raw():
                yield part

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return some of the files."""
        params: dict[str, str | int] = {"prefix": prefix, "limit": MAX_DELETED}
        if cursor is not None:
            params["cursor"] = cursor
        listed = _parse(await self._api.request("GET", "/", params=params), _Listed)
        blobs = [blob.read() for blob in listed.blobs]
        return BlobPage(blobs, listed.cursor if listed.has_more else None)

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete files; the API takes it calmly when one is not there, so it may be repeated."""
        json = {"urls": list(pathnames)}
        _check(await self._api.request("POST", "/delete", json=json, retry=True))


def _check(response: httpx2.Response) -> None:
    """Log why Vercel refused; the caller cannot mend it.

    Raises:
        StoreRefused: The answer is an error.
    """
    if not response.is_success:
        log.error("file_store_refused", status=response.status_code, answer=response.text[:200])
        raise StoreRefused


def _parse(response: httpx2.Response, kind: type[AnswerT]) -> AnswerT:
    _check(response)
    try:
        return kind.model_validate_json(response.content)
    except ValidationError:
        raise UpstreamFailed("unreadable answer", may_pass=False) from None
