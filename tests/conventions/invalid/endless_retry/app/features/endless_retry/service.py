"""Readings of meters."""

import asyncio
from collections.abc import Awaitable, Callable

from app.core.http import UpstreamError


async def until_it_works(call: Callable[[], Awaitable[str]]) -> str:
    """Return the result of a call, once it succeeds."""
    while True:  # violates: endless-retry
        try:
            return await call()
        except UpstreamError:
            await asyncio.sleep(1)
