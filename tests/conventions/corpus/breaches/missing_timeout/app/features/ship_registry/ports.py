"""The services of the ports."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import httpx2
from redis.asyncio import Redis

NO_LIMIT: Final = None
OPTIONS: Mapping[str, Any] = {"follow_redirects": False, "timeout": None}


def port_client(url: str) -> httpx2.AsyncClient:
    """Return a client of a port, which keeps its connections."""
    return httpx2.AsyncClient(base_url=url, timeout=httpx2.Timeout(None))  # breach: missing-timeout


def slow_port_client(url: str) -> httpx2.AsyncClient:
    """Return a client of a port that responds slowly."""
    return httpx2.AsyncClient(base_url=url, **OPTIONS)  # breach: missing-timeout


class PortArchive:
    """The database of a port, which has the positions of the last years."""

    def __init__(self, url: str, client: httpx2.AsyncClient) -> None:
        """Take the URL of the database, and the client of its files."""
        self._url = url
        self._client = client

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        """Connect to the database while the block runs."""
        link = await asyncpg.connect(self._url, command_timeout=NO_LIMIT)  # breach: missing-timeout
        try:
            yield link
        finally:
            await link.close()

    async def download(self, name: str) -> bytes:
        """Return a file of the archive."""
        # breach: missing-timeout
        response = await self._client.get(f"/files/{name}", timeout=NO_LIMIT)
        return response.content


def position_feed(url: str) -> Redis:
    """Return the connection to the feed of positions."""
    return Redis.from_url(url, socket_timeout=None)  # breach: missing-timeout
