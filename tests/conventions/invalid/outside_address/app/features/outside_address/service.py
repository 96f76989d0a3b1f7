"""The weather of cities."""

from app.core.http import HttpClient


class Weather:
    """Asks the weather service."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client."""
        self._client = client

    async def read(self, city: str) -> str:
        """Return the weather of a city."""
        response = await self._client.request("GET", f"/cities/{city}")  # violates: outside-address
        return response.text
