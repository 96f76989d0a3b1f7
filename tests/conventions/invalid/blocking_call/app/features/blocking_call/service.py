"""Terms that users agree to."""

import time
from pathlib import Path

import redis

TERMS = Path("terms.txt")
CACHE = redis.Redis()


async def read_terms() -> str:
    """Return the terms."""
    time.sleep(0.1)  # violates: blocking-call
    CACHE.get("terms")  # violates: blocking-call
    return _read_from(TERMS.parent / "terms.txt")


def _read_from(path: Path) -> str:
    with path.open() as file:  # violates: blocking-call
        return file.read()
