"""Shifts."""

from datetime import timedelta


def wage(length: timedelta, rate: int) -> int:
    """Return the wage of a shift."""
    h = length / timedelta(hours=1)  # violates: poor-name
    tmp = h * rate  # violates: poor-name
    return round(tmp)
