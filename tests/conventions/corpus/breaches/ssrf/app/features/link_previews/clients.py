"""The client of the service that renders pages as pictures."""

from app.core.http import HttpClient


class PageRenderer:
    """The service that renders pages as pictures."""

    def __init__(self, client: HttpClient) -> None:
        """Take the HTTP client."""
        self._client = client

    async def render(self, page: str) -> bytes:
        """Return a picture of a page."""
        response = await self._client.request("GET", f"/render/{page}")  # breach: ssrf
        return response.content
