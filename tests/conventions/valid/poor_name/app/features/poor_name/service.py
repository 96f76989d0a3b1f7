"""Shifts."""

from collections.abc import Sequence
from datetime import timedelta


def wage(lengths: Sequence[timedelta], rate: int) -> int:
    """Return the wage of shifts."""
    hours = sum(n / timedelta(hours=1) for n in lengths)
    for i in range(2):
        hours += i
    return round(sorted([hours], key=lambda h: -h)[0] * rate)
