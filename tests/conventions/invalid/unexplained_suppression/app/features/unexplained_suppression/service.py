"""Throwing dice."""

from random import randint


def throw() -> int:
    """Return a number."""
    # violates: unexplained-suppression
    return randint(1, 6)  # noqa: S311
