"""The weather of cities."""

from urllib.parse import quote
from uuid import UUID

from app.core.http import HttpClient

PLACES = {"bern": "/cities/1", "rome": "/cities/2"}


class Weather:
    """Asks the weather service."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client."""
        self._client = client

    async def read(self, city: str, station: UUID) -> str:
        """Return the weather of a city, and of a station."""
        await self._client.request("GET", f"/cities/{quote(city, safe='')}")
        await self._client.request("GET", PLACES[city])
        response = await self._client.request("GET", f"/stations/{station}")
        return response.text
