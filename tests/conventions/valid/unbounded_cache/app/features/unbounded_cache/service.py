"""Numbers of companies."""

from functools import cache, lru_cache


@lru_cache(maxsize=100)
def normalized(number: str) -> str:
    """Return a number without spaces."""
    return number.replace(" ", "")


@cache
def prefixes() -> tuple[str, ...]:
    """Return the prefixes of numbers."""
    return ("CHE", "DE")
