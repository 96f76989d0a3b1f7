"""Readings of meters."""

import asyncio
from collections.abc import Awaitable, Callable

from app.core.http import UpstreamError


async def a_few_times(call: Callable[[], Awaitable[str]]) -> str:
    """Return the result of a call, which is made three times at most."""
    for attempt in range(3):
        try:
            return await call()
        except UpstreamError:
            await asyncio.sleep(2**attempt)
    return await call()


async def for_a_minute(call: Callable[[], Awaitable[str]]) -> str:
    """Return the result of a call, which is made for a minute."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await call()
            except UpstreamError:
                await asyncio.sleep(1)
