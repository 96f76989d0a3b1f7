"""The API of a harbour."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

import stamina
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.http import HttpClient, UpstreamError, UpstreamUnavailable
from app.core.jobs import job
from app.core.services import get

MAX_ATTEMPTS = 5
FOREVER: dict[str, Any] = {"attempts": None, "timeout": None}
patient = stamina.AsyncRetryingCaller(**FOREVER)


class SlotRef(BaseModel):
    """The slot that a job is about."""

    slot: str


class Harbour:
    """Asks a harbour for slots."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the harbour."""
        self._client = client

    async def is_free(self, slot: str) -> bool:
        """Return whether a slot is free."""
        attempts = 0
        while attempts < MAX_ATTEMPTS:  # breach: endless-retry
            try:
                response = await self._client.request("GET", f"/slots/{slot}")
                return bool(response.json()["free"])
            except UpstreamUnavailable:
                await asyncio.sleep(0.5)
        return False

    async def price(self, slot: str) -> int:
        """Return the price of a slot in cents."""
        # breach: endless-retry
        response = await patient(UpstreamError, self._client.request, "GET", f"/prices/{slot}")
        return int(response.json()["cents"])


async def poll(ask: Callable[[], Awaitable[bool]], *, seconds: float = math.inf) -> bool:
    """Return whether a question is answered by yes in some time."""
    now = asyncio.get_running_loop().time
    end = now() + seconds
    while now() < end:  # breach: endless-retry
        if await ask():
            return True
        await asyncio.sleep(1)
    return False


@job(name="confirm_ferry_slot", attempts=1_000_000, leased=True)
async def confirm_slot(_session: AsyncSession, payload: SlotRef) -> None:  # breach: endless-retry
    """Wait until a slot is free."""
    harbour = get(Harbour)
    await poll(lambda: harbour.is_free(payload.slot))
