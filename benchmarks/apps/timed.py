"""Prints the seconds of a call that is timed, by `timed` or by hand."""

import sys
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from timeit import repeat
from typing import Any

from app.core.logging import configure_logging
from app.core.timing import log, timed
from app.settings import Settings

CALLS = 100_000


def plain(value: int) -> int:
    """Return the value."""
    return value


def by_hand(function: Callable[..., int]) -> Callable[..., int]:
    """Return a function that logs its slow and failed calls."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - any function
        started, failed = perf_counter(), True
        try:
            result = function(*args, **kwargs)
            failed = False
            return result
        finally:
            elapsed = perf_counter() - started
            if failed or elapsed > 0.25:
                log.warning("timed", ms=elapsed * 1000)

    return call


WAYS = {"timed": timed("bench", sample=0)(plain), "by_hand": by_hand(plain)}

if __name__ == "__main__":
    configure_logging(Settings(environment="test"))
    measured = WAYS[sys.argv[1]]
    print(min(repeat(lambda: measured(1), number=CALLS, repeat=5)) / CALLS)
