"""The API of the debt collector."""

from decimal import Decimal

from app.core.http import HttpClient


class Collector:
    """Hands claims over, and books late fees at the payment provider."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the collector."""
        self._client = client

    async def hand_over(self, invoice_number: str, amount: Decimal) -> None:
        """Hand a claim over."""
        await self._client.request(
            "POST", "/claims", json={"invoice": invoice_number, "amount": f"{amount:f}"}
        )

    async def charge_fee(self, invoice_number: str, amount: Decimal) -> str:
        """Charge a late fee, and return the number of the charge."""
        response = await self._client.request(
            "POST", "/fees", json={"invoice": invoice_number, "amount": f"{amount:f}"}
        )
        return str(response.json()["id"])
