"""Telling the workers of this process that there is something to do."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

_wakers: list[asyncio.Event] = []


def wake(*_: object) -> None:
    """Let the workers of this process look at once."""
    for waker in _wakers:
        waker.set()


@contextmanager
def waked_by(waker: asyncio.Event) -> Iterator[None]:
    """Set an event whenever a job was committed in this process, inside the block."""
    _wakers.append(waker)
    try:
        yield
    finally:
        _wakers.remove(waker)
