"""The API of the grid operator."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

import stamina
import structlog

from app.core.http import HttpClient, UpstreamError

R = TypeVar("R")
log = structlog.get_logger()


async def until_it_works(call: Callable[[], Awaitable[R]]) -> R:
    """Return the result of a call, once it succeeds."""
    while True:  # breach: endless-retry
        try:
            return await call()
        except UpstreamError as error:
            log.warning("grid_unavailable", error=type(error).__name__)
            await asyncio.sleep(1)


class Grid:
    """Asks the grid operator about meters."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the operator."""
        self._client = client

    async def confirmed(self, meter: str) -> bool:
        """Return whether the operator has confirmed the reading of a meter."""
        response = await self._client.request("GET", f"/meters/{meter}")
        return bool(response.json()["confirmed"])

    async def wait_until_confirmed(self, meter: str) -> None:
        """Wait until the operator has confirmed the reading of a meter."""
        while not await self.confirmed(meter):  # breach: endless-retry
            await asyncio.sleep(2)

    async def owner_of(self, meter: str) -> str:
        """Return the customer of a meter."""
        for attempt in count(1):  # breach: endless-retry
            try:
                response = await self._client.request("GET", f"/meters/{meter}/customer")
            except UpstreamError:
                await asyncio.sleep(min(attempt, 30))
            else:
                return str(response.json()["name"])
        raise AssertionError

    @stamina.retry(on=UpstreamError, attempts=None, timeout=None)
    async def tariff(self, meter: str) -> str:  # breach: endless-retry
        """Return the tariff of a meter."""
        response = await self._client.request("GET", f"/meters/{meter}/tariff")
        return str(response.json()["tariff"])

    async def history(self, meter: str) -> list[int]:
        """Return the readings of a meter; the operator fails now and then."""
        try:
            response = await self._client.request("GET", f"/meters/{meter}/history")
        except UpstreamError:
            await asyncio.sleep(1)
            return await self.history(meter)  # breach: endless-retry
        return [int(reading) for reading in response.json()["readings"]]
