"""The API that quotes the price of a shipment."""

from decimal import Decimal

from app.core.http import HttpClient


class CourierApi:
    """Asks couriers for prices."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the couriers."""
        self._client = client

    async def quote(self, courier: str, postcode: str) -> Decimal:
        """Return the price of a courier for a postcode."""
        params = {"courier": courier, "to": postcode}
        response = await self._client.request("GET", "/quotes", params=params)
        return Decimal(response.json()["price"])
