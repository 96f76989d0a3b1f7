"""The stream of a user's events: stored ones first, then each as it is published in this process.

A subscriber that reads too slowly loses its queue and has to connect again with the last number.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import orjson
import structlog
from sqlalchemy import Row, Select, select
from structlog.stdlib import BoundLogger

from app.accounts.owned import limit_to_owner
from app.core.db import ReadSessionLocal
from app.features.shop_event_feed.models import ShopEvent

BATCH_SIZE = 200
QUEUE_SIZE = 100
HEARTBEAT_SECONDS = 15.0
MAX_SUBSCRIBERS = 2_000

log: BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event on its way to a browser."""

    number: int
    kind: str
    details: dict[str, object]

    def encode(self) -> bytes:
        """Return the event as server-sent events have it."""
        data = orjson.dumps({"kind": self.kind, "details": self.details})
        return b"id: %d\ndata: %b\n\n" % (self.number, data)


class Feed:
    """The subscribers of this process."""

    def __init__(self) -> None:
        """Start without subscribers."""
        self._queues: dict[UUID, list[asyncio.Queue[FeedEvent | None]]] = {}
        self._subscribers = 0

    @property
    def is_full(self) -> bool:
        """True while no further subscriber is taken."""
        return self._subscribers >= MAX_SUBSCRIBERS

    def publish(self, owner_id: UUID, event: FeedEvent) -> None:
        """Give an event to the subscribers of a user; one with a full queue is ended."""
        for queue in list(self._queues.get(owner_id, ())):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                log.info("feed_subscriber_too_slow", owner_id=str(owner_id))
                queue.get_nowait()
                queue.put_nowait(None)

    @contextmanager
    def subscribed(self, owner_id: UUID) -> Iterator[asyncio.Queue[FeedEvent | None]]:
        """Receive the events of a user during a block."""
        queue: asyncio.Queue[FeedEvent | None] = asyncio.Queue(maxsize=QUEUE_SIZE)
        queues = self._queues.setdefault(owner_id, [])
        queues.append(queue)
        self._subscribers += 1
        try:
            yield queue
        finally:
            self._subscribers -= 1
            queues.remove(queue)
            if not queues:
                self._queues.pop(owner_id, None)

    async def stream(self, owner_id: UUID, *, after: int) -> AsyncIterator[bytes]:
        """Yield the events behind a number, and then a heartbeat while nothing happens."""
        with self.subscribed(owner_id) as queue:
            last = after
            async for event in _stored(owner_id, after=after):
                last = event.number
                yield event.encode()
            while True:
                try:
                    async with asyncio.timeout(None) as limit:
                        limit.reschedule(asyncio.get_running_loop().time() + HEARTBEAT_SECONDS)
                        event = await queue.get()
                except TimeoutError:
                    yield b": heartbeat\n\n"
                    continue
                if event is None:
                    return
                if event.number > last:
                    yield event.encode()


async def _stored(owner_id: UUID, *, after: int) -> AsyncIterator[FeedEvent]:
    """Yield the stored events in batches, each by a session that is closed before the next one."""
    while True:
        async with ReadSessionLocal() as session:
            rows = (await limit_to_owner(session, owner_id).execute(_batch(after))).all()
        for row in rows:
            yield _event(row)
        if len(rows) < BATCH_SIZE:
            return
        after = rows[-1].number


def _batch(after: int) -> Select[int, str, dict[str, object]]:
    return (
        select(ShopEvent.number, ShopEvent.kind, ShopEvent.details)
        .where(ShopEvent.number > after)
        .order_by(ShopEvent.number)
        .limit(BATCH_SIZE)
    )


def _event(row: Row[int, str, dict[str, object]]) -> FeedEvent:
    return FeedEvent(row.number, row.kind, row.details)


async def watch(feed: Feed, every: float, stopped: asyncio.Event) -> None:
    """Log from time to time how many subscribers there are, until stopped."""
    while not stopped.is_set():
        log.debug("feed_subscribers", is_full=feed.is_full)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), every)
