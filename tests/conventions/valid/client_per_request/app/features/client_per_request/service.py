"""Places on a map."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.http import HttpClient
from app.core.services import get


async def read_place(name: str) -> str:
    """Return a place."""
    response = await get(HttpClient).request("GET", "/places", params={"q": name})
    return response.text


@asynccontextmanager
async def open_maps(url: str) -> AsyncIterator[HttpClient]:
    """Open the client while the service runs."""
    async with HttpClient("maps", base_url=url) as client:
        yield client
