"""Throwing dice; never write `# noqa` alone."""

from random import randint


def throw() -> int:
    """Return a number."""
    return randint(1, 6)  # noqa: S311 - a game
