"""A number that only one may change at a time."""

import asyncio
import threading

GUARD = threading.Lock()


async def refresh() -> None:
    """Change it."""
    with GUARD:  # violates: lock-across-await
        await asyncio.sleep(1)
