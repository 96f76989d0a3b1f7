"""The client of the bank that holds the money of vouchers."""

from app.core.http import HttpClient


class VoucherBank:
    """The bank that holds the money of vouchers."""

    def __init__(self, client: HttpClient) -> None:
        """Take the HTTP client."""
        self._client = client

    async def read_cents(self, code: str) -> int:
        """Return the balance of a voucher, in cents.

        Raises:
            UpstreamError: The bank gave no usable response.
        """
        response = await self._client.request("GET", f"/vouchers/{code}")
        return int(response.text)
