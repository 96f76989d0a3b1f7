"""Rates that may be missing."""

import asyncio
from contextlib import suppress


async def read_rate(text: str) -> float | None:
    """Return the rate."""
    with suppress(Exception):  # violates: swallowed-exception
        await asyncio.sleep(0)
    try:
        return float(text)
    except Exception:  # violates: swallowed-exception
        return None


async def watch() -> None:
    """Watch until it is stopped."""
    while True:
        try:
            await asyncio.sleep(1)
        except (TimeoutError, asyncio.CancelledError):  # violates: swallowed-exception
            continue
