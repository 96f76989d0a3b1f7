"""A bulkhead: bounds the calls to one service, so that a slow one does not take everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from app.core.http.errors import UpstreamUnavailable

log = structlog.get_logger()


class Bulkhead:
    """The calls to one service in this process."""

    def __init__(self, name: str, *, calls: int, waiting: int, seconds: float) -> None:
        """Create a bulkhead without calls.

        Args:
            name: The service's name, for the log.
            calls: The most calls at the same time.
            waiting: The most calls that wait for one of these to end.
            seconds: How long a call waits.
        """
        self._name = name
        self._slots = asyncio.Semaphore(calls)
        self._places = waiting
        self._seconds = seconds

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Hold a slot during a call.

        Raises:
            UpstreamUnavailable: No slot was free in time, or too many calls wait for one.
        """
        await self._acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _acquire(self) -> None:
        if self._slots.locked() and not self._places:
            raise self._full_error()
        self._places -= 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise self._full_error() from None
        finally:
            self._places += 1

    def _full_error(self) -> UpstreamUnavailable:
        log.warning("upstream_saturated", upstream=self._name)
        return UpstreamUnavailable()
