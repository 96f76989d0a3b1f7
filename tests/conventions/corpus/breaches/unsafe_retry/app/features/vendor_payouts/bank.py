"""The API of the bank."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import stamina

from app.core.http import HttpClient, UpstreamError, UpstreamTimedOut

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 3


def persistent(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Call a function up to three times."""

    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await function(*args, **kwargs)
            except UpstreamError:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(0.2 * attempt)
        raise AssertionError

    return call


class Bank:
    """Sends money from the platform's account."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the bank."""
        self._client = client
        self._post = partial(client.request, "POST", retry=True)

    async def pay(self, iban: str, amount: Decimal) -> str:
        """Send money, and return the number of the transfer."""
        body = {"iban": iban, "amount": f"{amount:f}"}
        response = await self._post("/transfers", json=body)  # breach: unsafe-retry
        return str(response.json()["number"])

    @persistent
    async def pay_fee(self, amount: Decimal) -> None:  # breach: unsafe-retry
        """Pay the bank's own fee."""
        await self._client.request("POST", "/fees", json={"amount": f"{amount:f}"})

    @stamina.retry(on=UpstreamTimedOut, attempts=ATTEMPTS, timeout=20)
    async def reverse(self, number: str) -> None:  # breach: unsafe-retry
        """Take a transfer back."""
        await self._client.request("POST", f"/transfers/{number}/reversals")

    async def top_up(self, amount: Decimal) -> dict[str, Any]:
        """Move money from the reserve to the account."""
        options: dict[str, Any] = {"json": {"amount": f"{amount:f}"}, "retry": True}
        # breach: unsafe-retry
        response = await self._client.request("POST", "/top-ups", **options)
        return dict(response.json())
