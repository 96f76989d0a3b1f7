"""Rates that may be missing."""

import asyncio
from contextlib import suppress

import structlog

log = structlog.get_logger()


async def read_rate(text: str) -> float | None:
    """Return the rate."""
    with suppress(ValueError):
        return float(text)
    try:
        await asyncio.sleep(0)
    except Exception:
        log.exception("rate_unreadable")
    try:
        await asyncio.sleep(0)
    except TimeoutError:
        return None
    return 0


async def watch() -> None:
    """Watch until it is stopped."""
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        raise
