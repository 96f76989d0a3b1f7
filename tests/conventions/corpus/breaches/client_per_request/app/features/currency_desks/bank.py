"""The central bank."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Self

import asyncpg
from fastapi import Depends

from app.core.http import HttpClient, Timeouts
from app.core.services import get
from app.features.currency_desks.settings import CentralBankSettings


class RateSource:
    """The rates of the central bank."""

    def __init__(self) -> None:
        """Read the address of the bank."""
        self._settings = get(CentralBankSettings)
        self._client: HttpClient | None = None

    async def __aenter__(self) -> Self:
        """Connect to the bank."""
        # breach: client-per-request
        self._client = HttpClient(
            "central_bank", base_url=self._settings.central_bank_url, timeouts=Timeouts(read=3)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        if self._client:
            await self._client.__aexit__(*_)

    async def rate(self, currency: str) -> Decimal:
        """Return the rate of a currency."""
        if self._client is None:
            return Decimal(1)
        response = await self._client.request("GET", f"/rates/{currency}")
        return Decimal(response.json()["rate"])


async def get_rates() -> AsyncIterator[RateSource]:
    """Yield the rates, for one request."""
    async with RateSource() as source:
        yield source


Rates = Annotated[RateSource, Depends(get_rates)]


async def stock_of(currency: str) -> int:
    """Return the notes of a currency in the vault."""
    url = get(CentralBankSettings).vault_url
    # breach: client-per-request
    async with asyncpg.create_pool(url, min_size=1, timeout=3, command_timeout=3) as pool:
        return await pool.fetchval("SELECT notes FROM vault WHERE currency = $1", currency)
