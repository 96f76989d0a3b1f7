"""Terms that users agree to."""

import asyncio
from pathlib import Path

from redis.asyncio import Redis

TERMS = Path("terms.txt")
START = TERMS.parent.exists()
CACHE = Redis()


async def read_terms() -> str:
    """Return the terms."""
    await asyncio.sleep(0.1)
    await CACHE.get("terms")
    return await asyncio.to_thread(lambda: _open(TERMS)) + await asyncio.to_thread(TERMS.read_text)


def _open(path: Path) -> str:
    return path.read_text()
