"""The weather of cities."""

from collections.abc import Sequence

from app.core.http import HttpClient


class Weather:
    """Asks the weather service."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client."""
        self._client = client

    async def read_all(self, cities: Sequence[str]) -> None:
        """Read one after the other."""
        for city in cities:
            await self._client.request("GET", f"/weather/{city}")  # violates: sequential-calls


async def read_texts(client: HttpClient, cities: Sequence[str]) -> list[str]:
    """Return the text of each."""
    return [(await client.request("GET", city)).text for city in cities]  # violates: sequential-calls
