"""A number that only one may change at a time."""

import asyncio
import threading

from app.core.guards import lock

GUARD = threading.Lock()
COUNTS: list[int] = []


async def refresh() -> None:
    """Change it."""
    async with lock("refresh"):
        await asyncio.sleep(1)
    with GUARD:
        COUNTS.append(1)
    await asyncio.sleep(1)
