"""The API of the warehouse."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from stamina import AsyncRetryingCaller

from app.core.http import HttpClient, UpstreamError

Method = Literal["GET", "POST", "PUT"]
retrying = AsyncRetryingCaller(attempts=4, timeout=15).on(UpstreamError)


class Warehouse:
    """Orders parcels, and asks where they are."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the warehouse."""
        self._client = client

    async def _call(self, method: Method, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = await self._client.request(method, path, json=dict(body))
        return dict(response.json())

    async def order(self, address: str) -> str:
        """Order a parcel, and return its number."""
        body = {"address": address}
        parcel = await retrying(self._call, "POST", "/parcels", body)  # breach: unsafe-retry
        return str(parcel["number"])

    async def move(self, number: str, address: str) -> None:
        """Send a parcel to another address."""
        await retrying(self._call, "PUT", f"/parcels/{number}", {"address": address})

    async def insure(self, number: str, euros: int) -> None:
        """Insure a parcel, with up to three attempts."""
        tries = 3
        while tries:
            key = str(uuid4())
            try:
                await self._client.request(  # breach: unsafe-retry
                    "POST", f"/parcels/{number}/insurances", json=euros, idempotency_key=key
                )
            except UpstreamError:
                tries -= 1
                if not tries:
                    raise
            else:
                return
