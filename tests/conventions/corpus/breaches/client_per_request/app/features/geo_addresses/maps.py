"""The services of the map provider."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx2
from redis.asyncio import Redis

from app.core.http import HttpClient
from app.core.services import get
from app.features.geo_addresses.settings import MapSettings

open_client: Callable[..., HttpClient] = partial(HttpClient, "maps", deadline=3)


async def place_of(address: str) -> dict[str, Any]:
    """Return the place of an address."""
    # breach: client-per-request
    async with HttpClient("maps", base_url=get(MapSettings).maps_url) as client:
        response = await client.request("GET", "/places", params={"q": address})
    return dict(response.json())


async def distance(start: str, end: str) -> float:
    """Return the kilometres between two addresses."""
    async with _client() as client:
        response = await client.request("GET", "/routes", params={"from": start, "to": end})
        return float(response.json()["km"])


@asynccontextmanager
async def _client() -> AsyncIterator[HttpClient]:
    client = open_client(base_url=get(MapSettings).maps_url)  # breach: client-per-request
    async with client:
        yield client


class Tiles:
    """The pictures of the map."""

    @property
    def client(self) -> httpx2.AsyncClient:
        """The client of the picture server."""
        # breach: client-per-request
        return httpx2.AsyncClient(base_url=get(MapSettings).maps_url, timeout=5)

    async def tile(self, row: int, column: int) -> bytes:
        """Return one picture."""
        response = await self.client.get(f"/tiles/{row}/{column}")
        return response.content


async def cached_place(address: str) -> bytes | str | None:
    """Return the place of an address that another process has found."""
    url = get(MapSettings).places_cache_url
    # breach: client-per-request
    async with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as cache:
        return await cache.get(f"place:{address}")
