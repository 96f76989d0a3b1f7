"""The client of the service that keeps the subscribers."""

from uuid import UUID

from app.core.http import HttpClient


class SubscriberList:
    """The list of subscribers."""

    def __init__(self, client: HttpClient) -> None:
        """Take the HTTP client."""
        self._client = client

    async def leave(self, subscriber_id: UUID) -> None:
        """Remove a subscriber."""
        await self._client.request("DELETE", f"/subscribers/{subscriber_id}")
