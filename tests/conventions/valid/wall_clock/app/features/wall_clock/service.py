"""Measuring."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


async def measure(sent_at: float) -> tuple[float, float, datetime]:
    """Return how long a pause takes, how old a message is, and what day was yesterday."""
    started = time.perf_counter()
    await asyncio.sleep(1)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return time.perf_counter() - started, time.time() - sent_at, yesterday
