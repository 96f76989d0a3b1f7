"""A print room: documents that wait, and the task that prints them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog

log = structlog.get_logger()
make_queue = partial(asyncio.LifoQueue, maxsize=-1)


class Room:
    """The documents of one room."""

    def __init__(self) -> None:
        """Start with no document."""
        self._urgent: asyncio.LifoQueue[str] = make_queue()  # breach: unbounded-queue
        self._pages: asyncio.Queue[bytes] = asyncio.Queue(maxsize=100)

    async def put(self, document: str) -> None:
        """Let a document wait."""
        await self._urgent.put(document)

    async def work(self) -> None:
        """Print the documents that wait, for ever."""
        while True:
            document = await self._urgent.get()
            log.info("document_printed", document=document)


@asynccontextmanager
async def watching(rooms: list[Room]) -> AsyncIterator[asyncio.Queue[str]]:
    """Collect what happens in some rooms while the block runs."""
    events = asyncio.Queue[str]()  # breach: unbounded-queue
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(room.work()) for room in rooms[:8]]
        yield events
        for worker in workers:
            worker.cancel()
