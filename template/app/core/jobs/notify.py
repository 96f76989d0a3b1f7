"""Waking the workers of this process as soon as a job is committed; others poll."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import find


class JobNotifier:
    """The workers of this process that wait for jobs."""

    def __init__(self) -> None:
        """Start without workers."""
        self._waiting: list[asyncio.Event] = []

    @contextmanager
    def subscribed(self, wake: asyncio.Event) -> Iterator[None]:
        """Set an event at each notification during a block."""
        self._waiting.append(wake)
        try:
            yield
        finally:
            self._waiting.remove(wake)

    def notify(self) -> None:
        """Wake every subscriber."""
        for wake in self._waiting:
            wake.set()


def notify_after_commit(session: AsyncSession) -> None:
    """Wake the workers of this process when the session commits."""
    if not event.contains(session.sync_session, "after_commit", _notify):
        event.listen(session.sync_session, "after_commit", _notify)


def _notify(_: object) -> None:
    if notifier := find(JobNotifier):
        notifier.notify()
