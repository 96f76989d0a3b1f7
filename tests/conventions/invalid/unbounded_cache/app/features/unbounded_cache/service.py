"""Numbers of companies."""

from functools import cache, lru_cache


@cache
def normalized(number: str) -> str:  # violates: unbounded-cache
    """Return a number without spaces."""
    return number.replace(" ", "")


@lru_cache(maxsize=None)
def upper(number: str) -> str:  # violates: unbounded-cache
    """Return a number in capitals."""
    return number.upper()
