"""The reading of files that clients and repair shops send."""

import io
from collections.abc import AsyncIterator
from functools import cached_property

from fastapi import Request

from app.core.http import HttpClient

MAX_FILM_BYTES = 4_000_000_000


class Intake:
    """Reads a file as a whole."""

    def __init__(self, request: Request) -> None:
        """Take the request that brings the file."""
        self._request = request
        self._read = request.body

    @cached_property
    def kind(self) -> str:
        """The type of the file, as the client says."""
        return self._request.headers.get("Content-Type", "application/octet-stream")

    async def content(self) -> bytes:
        """Return the content of the file."""
        return await self._read()  # breach: unbounded-upload


async def collect(request: Request) -> bytes:
    """Return the body of a request, which is streamed."""
    buffer = io.BytesIO()
    async for chunk in request.stream():
        buffer.write(chunk)  # breach: unbounded-upload
    return buffer.getvalue()


async def joined(chunks: AsyncIterator[bytes]) -> bytes:
    """Return the parts of a file as one."""
    parts = [chunk async for chunk in chunks]  # breach: unbounded-upload
    return b"".join(parts)


async def fetch(client: HttpClient, number: str) -> bytes:
    """Return the photos that a repair shop has of a claim."""
    async with client.stream("GET", f"/claims/{number}/photos") as response:
        return await response.aread()  # breach: unbounded-upload


async def accept_films(request: Request) -> None:
    """Accept bodies that are larger than those of other routes, such as films of accidents."""
    request.scope["max_body_bytes"] = MAX_FILM_BYTES
