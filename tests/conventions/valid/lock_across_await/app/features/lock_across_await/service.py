"""A number that only one may change at a time."""

import asyncio
import itertools
import threading

from app.core.guards import lock

GUARD = threading.Lock()
NUMBERS = itertools.count()


async def refresh() -> None:
    """Change it."""
    async with lock("refresh"):
        await asyncio.sleep(1)
    with GUARD:
        next(NUMBERS)
    await asyncio.sleep(1)
