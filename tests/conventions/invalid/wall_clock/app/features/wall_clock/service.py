"""Measuring."""

import asyncio
import time


async def measure() -> float:
    """Return how long a pause takes."""
    started = time.time()
    await asyncio.sleep(1)
    return time.time() - started  # violates: wall-clock
