"""The API that partners offer."""

from app.core.http import HttpClient


class PartnerApi:
    """Reads and writes the contacts of a partner."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the partner."""
        self._client = client

    async def push(self, partner: str, contact: str) -> None:
        """Send a contact to a partner."""
        await self._client.request("PUT", f"/partners/{partner}/contacts/{contact}")

    async def pull(self, partner: str) -> int:
        """Return the number of contacts that a partner has."""
        response = await self._client.request("GET", f"/partners/{partner}/contacts/count")
        return int(response.json()["count"])
