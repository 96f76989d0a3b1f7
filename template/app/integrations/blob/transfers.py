"""Shares of the connections to the store, so that one user cannot keep others from their files.

The counts are those of one process: with several, a user has a share in each.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar
from weakref import WeakValueDictionary

from fastapi import Request

from app.core.api.routing import Guard
from app.core.errors import AppError
from app.core.guards import RateLimit, client_key
from app.core.services import get
from app.integrations.blob.errors import StoreBusy, TooManyTransfers

WAIT_SECONDS = 5.0
"""How long a transfer waits for others to end: a page may show dozens of images at once."""


class Transfers:
    """The transfers that are running: uploads, downloads and signatures of URLs."""

    def __init__(self, *, total: int, per_user: int) -> None:
        """Take the limits of all users together, and of one."""
        self._all = asyncio.Semaphore(total)
        self._per_user = per_user
        self._users = WeakValueDictionary[str, asyncio.Semaphore]()

    @asynccontextmanager
    async def share(self, user: str) -> AsyncIterator[None]:
        """Hold one of the places of a user, and one of all users.

        A user who waits for a place of their own takes none of all users.

        Raises:
            TooManyTransfers: The user has too many transfers.
            StoreBusy: All users together have too many.
        """
        own = self._users.setdefault(user, asyncio.Semaphore(self._per_user))
        async with _place(own, error=TooManyTransfers), _place(self._all, error=StoreBusy):
            yield


@asynccontextmanager
async def _place(places: asyncio.Semaphore, *, error: type[AppError]) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await places.acquire()
    except TimeoutError:
        raise error from None
    try:
        yield
    finally:
        places.release()


class TransferShare(Guard):
    """A guard that holds a place of the user until the response is sent, all of a download too."""

    order: ClassVar[int] = RateLimit.order + 1
    errors = (TooManyTransfers, StoreBusy)

    async def __call__(self, request: Request) -> AsyncIterator[None]:
        """Run the request in a place of its user; FastAPI calls this."""
        async with get(Transfers).share(client_key(request)):
            yield
