"""The client of the bank."""

from app.core.http import HttpClient
from app.features.payout_requests.schemas import PayoutIn


class PayoutBank:
    """The bank that pays sellers."""

    def __init__(self, client: HttpClient) -> None:
        """Take the HTTP client."""
        self._client = client

    async def pay(self, payout: PayoutIn, *, key: str | None = None) -> str:
        """Pay a seller and return the number of the payout.

        Raises:
            UpstreamError: The bank gave no usable response.
        """
        response = await self._client.request(
            "POST", "/payouts", json=payout.model_dump(), idempotency_key=key
        )
        return response.text
