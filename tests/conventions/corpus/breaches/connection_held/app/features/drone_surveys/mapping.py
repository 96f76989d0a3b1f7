"""The service that makes maps of pictures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.http import HttpClient


class MapMaker:
    """Asks for maps."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the service."""
        self._client = client

    async def reference(self, flight: str) -> str:
        """Return the reference of the map of a flight."""
        response = await self._client.request("GET", f"/flights/{flight}/map")
        return str(response.json()["reference"])

    @asynccontextmanager
    async def reserved(self, flight: str) -> AsyncIterator[str]:
        """Keep a place in the queue of the service while the block runs."""
        response = await self._client.request("PUT", f"/flights/{flight}/place")
        try:
            yield str(response.json()["place"])
        finally:
            await self._client.request("DELETE", f"/flights/{flight}/place")
