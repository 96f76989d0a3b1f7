"""Files in a private store of Vercel Blob, over its HTTP API.

The requests are those of Vercel's own libraries (version 12 of the API, read in 2026-11); why these
are not used themselves is in docs/decisions/0020.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from app.core.http import HttpClient, Timeouts, UpstreamFailed
from app.core.http.circuit_breaker import CircuitBreaker
from app.integrations.blob.client_tokens import store_of
from app.integrations.blob.errors import FileNotFound
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import MAX_BLOBS, BlobPage, StoredBlob

NAME, API_VERSION = "blob", "12"
AnswerT = TypeVar("AnswerT", bound=BaseModel)


@asynccontextmanager
async def open_vercel(settings: BlobSettings, token: str) -> AsyncIterator["VercelStore"]:
    """Keep connections to Vercel open: to its API, and to where files are read."""
    seconds, breaker = settings.blob_timeout_seconds, CircuitBreaker(NAME)
    content_url = settings.blob_content_url.format(store=store_of(token).lower())
    api, content = (
        HttpClient(
            NAME,
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "x-api-version": API_VERSION},
            timeouts=Timeouts(connect=min(seconds, 5), read=seconds, write=seconds),
            deadline=seconds,
            breaker=breaker,
        )
        for url in (settings.blob_api_url, content_url)
    )
    async with api, content:
        yield VercelStore(api, content, upload_seconds=settings.blob_upload_minutes * 60)


class VercelStore:
    """Keeps files at Vercel; see `BlobStore`."""

    def __init__(self, api: HttpClient, content: HttpClient, *, upload_seconds: float) -> None:
        """Take the clients, and how long one upload may take."""
        self._api = api
        self._content = content
        self._upload_seconds = upload_seconds

    async def ping(self) -> None:
        """Raise while Vercel is left alone, since it keeps failing. Asks nothing of it."""
        await self._api.ping()

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Keep a file, in one request that is not repeated: its content passes by only once."""
        response = await self._api.request(
            "PUT",
            "",
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
        )
        _check(response)

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return what is known of a file."""
        response = await self._api.request("GET", "", params={"url": pathname})
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _parse(response, StoredBlob)

    async def read(self, pathname: str) -> AsyncGenerator[bytes]:
        """Yield the content of a file."""
        async with self._content.stream("GET", pathname) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise FileNotFound
            _check(response)
            async for part in response.aiter_raw():
                yield part

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return some of the files."""
        params: dict[str, str | int] = {"prefix": prefix, "limit": MAX_BLOBS}
        if cursor is not None:
            params["cursor"] = cursor
        return _parse(await self._api.request("GET", "", params=params), BlobPage)

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete files; Vercel takes it calmly when one is not there, so it may be repeated."""
        json = {"urls": list(pathnames)}
        _check(await self._api.request("POST", "delete", json=json, retry=True))


def _check(response: httpx2.Response) -> None:
    """Refuse an answer that says that we are wrong: the caller cannot mend that."""
    if not response.is_success:
        raise UpstreamFailed(NAME, str(response.status_code), retryable=False)


def _parse(response: httpx2.Response, kind: type[AnswerT]) -> AnswerT:
    _check(response)
    try:
        return kind.model_validate_json(response.content)
    except ValidationError:
        raise UpstreamFailed(NAME, "unreadable answer", retryable=False) from None
