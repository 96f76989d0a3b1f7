"""Measuring."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


async def measure(sent_at: float) -> tuple[float, float, datetime]:
    """Return the length of a pause, the age of a message, and the date of yesterday."""
    started = time.perf_counter()
    await asyncio.sleep(1)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return time.perf_counter() - started, time.time() - sent_at, yesterday
