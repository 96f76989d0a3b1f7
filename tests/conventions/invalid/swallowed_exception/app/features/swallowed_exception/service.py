"""Rates that may be missing."""

import asyncio
from contextlib import suppress


async def read_rate(text: str) -> float | None:
    """Return the rate."""
    with suppress(Exception):  # breach: swallowed-exception
        await asyncio.sleep(0)
    try:
        return float(text)
    except Exception:  # breach: swallowed-exception
        return None


async def watch() -> None:
    """Watch until told to stop."""
    while True:
        try:
            await asyncio.sleep(1)
        except (TimeoutError, asyncio.CancelledError):  # breach: swallowed-exception
            continue
