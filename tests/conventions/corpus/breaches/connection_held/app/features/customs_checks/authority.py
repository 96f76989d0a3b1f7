"""The API of the customs authority."""

import asyncio

from app.core.http import HttpClient

SECONDS_BETWEEN_POLLS = 2
MAX_POLLS = 10


class Authority:
    """Asks the authority about tariffs and declarations."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the authority."""
        self._client = client

    async def tariff_of(self, code: str) -> str:
        """Return the description of a tariff code."""
        response = await self._client.request("GET", f"/tariffs/{code}")
        return str(response.json()["description"])

    async def verdict(self, number: str) -> str | None:
        """Return the verdict on a declaration; `None` while there is none."""
        response = await self._client.request("GET", f"/verdicts/{number}")
        return response.json().get("verdict")

    async def wait_for_verdict(self, number: str) -> str | None:
        """Return the verdict on a declaration, waiting up to twenty seconds for it."""
        for _ in range(MAX_POLLS):
            if verdict := await self.verdict(number):
                return verdict
            await asyncio.sleep(SECONDS_BETWEEN_POLLS)
        return None
