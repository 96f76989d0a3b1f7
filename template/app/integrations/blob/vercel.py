"""A private store of Vercel Blob, over its HTTP API.

The requests are those of Vercel's own libraries (version 12 of the API, packages/blob/src of
vercel/storage, read in 2026-11); docs/decisions/0020 explains why these are not used.
"""

import hmac
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx2
import orjson
from pydantic import BaseModel, Field, SecretStr, ValidationError

from app.core.http import HttpClient, Timeouts, UpstreamFailed
from app.core.http.circuit_breaker import CircuitBreaker
from app.integrations.blob.client_uploads import store_id
from app.integrations.blob.errors import FileNotFound
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import MAX_BLOBS, BlobPage, StoredBlob

NAME, API_VERSION = "blob", "12"
MULTIPART_BYTES = 100_000_000
"""The size from which Vercel recommends an upload in parts."""

PART_BYTES = 8 * 1024 * 1024
"""The size of a part, that of Vercel's own libraries, in files of up to `MAX_PARTS`."""

MAX_PARTS = 10_000

ModelT = TypeVar("ModelT", bound=BaseModel)


@asynccontextmanager
async def open_vercel(settings: BlobSettings, token: str) -> AsyncIterator["VercelStore"]:
    """Open the clients of Vercel's API and of the address where blobs are read."""
    seconds, breaker = settings.blob_timeout_seconds, CircuitBreaker(NAME)
    content_url = settings.blob_content_url.format(store=store_id(token).lower())
    api, content = (
        HttpClient(
            NAME,
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "x-api-version": API_VERSION},
            timeouts=Timeouts(connect=min(seconds, 5), read=seconds, write=seconds),
            deadline=seconds,
            max_calls=settings.blob_max_calls,
            breaker=breaker,
        )
        for url in (settings.blob_api_url, content_url)
    )
    async with api, content:
        yield VercelStore(
            api,
            content,
            content_url=content_url.rstrip("/"),
            upload_seconds=settings.blob_upload_minutes * 60,
        )


class _SignedToken(BaseModel):
    """A token for one operation, and the key that signs URLs with it."""

    delegation: str = Field(validation_alias="delegationToken")
    key: SecretStr = Field(validation_alias="clientSigningToken")


class _Multipart(BaseModel):
    """An upload in parts."""

    upload_id: str = Field(validation_alias="uploadId")
    key: str


class _Part(BaseModel):
    """A part that has arrived."""

    etag: str


class _ListedPage(BaseModel):
    """A page of blobs; there may be a cursor on the last one, too."""

    blobs: list[StoredBlob]
    cursor: str | None = None
    has_more: bool = Field(validation_alias="hasMore")


class VercelStore:
    """Stores blobs at Vercel; see `BlobStore`."""

    def __init__(
        self, api: HttpClient, content: HttpClient, *, content_url: str, upload_seconds: float
    ) -> None:
        """Take the clients, the address of blobs, and the time limit of one upload."""
        self._api = api
        self._content = content
        self._content_url = content_url
        self._upload_seconds = upload_seconds

    async def ping(self) -> None:
        """Raise while the circuit breaker is open."""
        await self._api.ping()

    async def put(
        self, pathname: str, content: AsyncIterator[bytes], *, size: int, content_type: str
    ) -> None:
        """Store a blob: a large one in parts, of which one at a time is in memory."""
        headers = {
            "x-vercel-blob-access": "private",
            "x-content-type": content_type,
            "x-add-random-suffix": "0",
            "x-allow-overwrite": "0",
        }
        if size > MULTIPART_BYTES:
            upload = _MultipartUpload(self._api, pathname, headers, seconds=self._upload_seconds)
            response = await upload.run(content, part_bytes=max(PART_BYTES, size // MAX_PARTS + 1))
            # An attempt whose response was lost has completed the upload, and the next one fails.
            blob = None if response.is_success else await self.head(pathname)
            if blob is None or blob.size != size:
                _check(response)
            return
        # It is never retried: the content is a stream.
        response = await self._api.request(
            "PUT",
            "",
            params={"pathname": pathname},
            headers={"Content-Length": str(size), **headers},
            content=content,
            deadline=self._upload_seconds,
        )
        _check(response)

    async def head(self, pathname: str) -> StoredBlob | None:
        """Return the metadata of a blob."""
        response = await self._api.request("GET", "", params={"url": pathname})
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _parse(response, StoredBlob)

    async def read(
        self, pathname: str, *, start: int = 0, length: int | None = None
    ) -> AsyncGenerator[bytes]:
        """Yield the content of a blob, or a part of it."""
        headers = {}
        if start or length is not None:
            last = "" if length is None else start + length - 1
            headers["Range"] = f"bytes={start}-{last}"
        async with self._content.stream("GET", pathname, headers=headers) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise FileNotFound
            _check(response)
            is_whole = response.status_code != HTTPStatus.PARTIAL_CONTENT
            content = response.aiter_raw()
            async with aclosing(_cut(content, start, length) if is_whole else content) as parts:
                async for part in parts:
                    yield part

    async def sign_url(self, pathname: str, *, valid_until: datetime) -> str:
        """Return a URL of a blob, signed as `issueSignedToken` and `presignUrl` do."""
        scope = {
            "pathname": pathname,
            "operations": ["get"],
            "validUntil": int(valid_until.timestamp() * 1000),
        }
        response = await self._api.request("POST", "signed-token", json=scope, retry=True)
        token = _parse(response, _SignedToken)
        signed = f"operation=get\npathname={pathname}".encode()
        signature = hmac.digest(token.key.get_secret_value().encode(), signed, "sha256")
        query = {
            "vercel-blob-delegation": token.delegation,
            "vercel-blob-signature": urlsafe_b64encode(signature).rstrip(b"=").decode(),
        }
        return f"{self._content_url}/{pathname}?{urlencode(query)}"

    async def list_page(self, prefix: str, *, cursor: str | None = None) -> BlobPage:
        """Return a page of blobs."""
        params: dict[str, str | int] = {"prefix": prefix, "limit": MAX_BLOBS}
        if cursor is not None:
            params["cursor"] = cursor
        page = _parse(await self._api.request("GET", "", params=params), _ListedPage)
        if page.has_more and not page.cursor:
            raise UpstreamFailed(NAME, "a list breaks off", retryable=False)
        return BlobPage(blobs=page.blobs, cursor=page.cursor if page.has_more else None)

    async def delete(self, pathnames: Sequence[str]) -> None:
        """Delete blobs; safe to retry, since Vercel ignores missing ones."""
        json = {"urls": list(pathnames)}
        _check(await self._api.request("POST", "delete", json=json, retry=True))


async def _cut(
    content: AsyncGenerator[bytes], start: int, length: int | None
) -> AsyncGenerator[bytes]:
    """Yield a part of a content: a cache may send all of it in spite of the Range."""
    skipped, left = start, sys.maxsize if length is None else length
    async for chunk in content:
        part = chunk[skipped:][:left]
        skipped, left = max(0, skipped - len(chunk)), left - len(part)
        if part:
            yield part
        if not left:
            return


class _MultipartUpload:
    """An upload in parts, of which one at a time is in memory.

    The blob exists once the upload is complete. Vercel has no call that ends one early: it deletes
    the parts of unfinished ones.
    """

    def __init__(
        self, api: HttpClient, pathname: str, headers: Mapping[str, str], *, seconds: float
    ) -> None:
        self._api, self._pathname, self._headers = api, pathname, headers
        self._deadline = monotonic() + seconds

    async def run(self, content: AsyncIterator[bytes], *, part_bytes: int) -> httpx2.Response:
        """Send all of a content, and return the response to its completion."""
        created = _parse(await self._send("create", {}), _Multipart)
        ids = {"x-mpu-upload-id": created.upload_id, "x-mpu-key": quote(created.key, safe="")}
        sent: list[dict[str, str | int]] = []
        async for part in _in_parts(content, part_bytes):
            number = len(sent) + 1
            headers = {**ids, "x-mpu-part-number": str(number)}
            stored = _parse(await self._send("upload", headers, part), _Part)
            sent.append({"partNumber": number, "etag": stored.etag})
        ids["content-type"] = "application/json"
        return await self._send("complete", ids, orjson.dumps(sent))

    async def _send(
        self, action: str, more: dict[str, str], content: bytes = b""
    ) -> httpx2.Response:
        return await self._api.request(
            "POST",
            "mpu",
            params={"pathname": self._pathname},
            headers={**self._headers, "x-mpu-action": action, **more},
            content=content,
            deadline=self._deadline - monotonic(),
            retry=True,
        )


async def _in_parts(content: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """Yield a content in parts of equal size, of which the last may be smaller."""
    part = bytearray()
    async for chunk in content:
        part += chunk
        while len(part) >= size:
            yield bytes(part[:size])
            del part[:size]
    if part:
        yield bytes(part)


def _check(response: httpx2.Response) -> None:
    """Raise on a 4xx: the caller of the service cannot fix it, so it is an upstream failure."""
    if not response.is_success:
        raise UpstreamFailed(NAME, str(response.status_code), retryable=False)


def _parse(response: httpx2.Response, model: type[ModelT]) -> ModelT:
    _check(response)
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise UpstreamFailed(NAME, "invalid response", retryable=False) from None
