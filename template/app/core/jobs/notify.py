"""Telling the workers of this process that there is something to do."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

_wakers: list[asyncio.Event] = []


def wake_after_commit(session: AsyncSession) -> None:
    """Let the workers of this process look as soon as the session commits."""
    if not event.contains(session.sync_session, "after_commit", _wake):
        event.listen(session.sync_session, "after_commit", _wake)


@contextmanager
def waked_by(waker: asyncio.Event) -> Iterator[None]:
    """Set an event whenever that happens, inside the block."""
    _wakers.append(waker)
    try:
        yield
    finally:
        _wakers.remove(waker)


def _wake(_: object) -> None:
    for waker in _wakers:
        waker.set()
