"""Clients of the services that sign contracts."""

from app.core.http import HttpClient


class SigningService:
    """The service that collects signatures."""

    def __init__(self, client: HttpClient) -> None:
        """Take the HTTP client."""
        self._http = client

    async def preview(self, title: str) -> bytes:
        """Return a preview of a contract as PDF.

        Raises:
            UpstreamError: The service gave no usable response.
        """
        response = await self._http.request("GET", "/previews", params={"title": title})
        return response.content
