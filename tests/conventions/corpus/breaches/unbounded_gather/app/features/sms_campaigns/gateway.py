"""The gateway that sends messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from app.core.http import HttpClient

T = TypeVar("T")
R = TypeVar("R")


class Gateway:
    """Asks what became of messages."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the gateway."""
        self._client = client

    async def state(self, message_id: str) -> str:
        """Return the state of a message."""
        places = asyncio.Semaphore(10)
        async with places:
            response = await self._client.request("GET", f"/messages/{message_id}")
            return str(response.json()["state"])

    async def states(self, message_ids: Iterable[str]) -> dict[str, str]:
        """Return the states of messages by their ids."""
        ids = list(message_ids)
        # breach: unbounded-gather
        states = await asyncio.gather(*(self.state(each) for each in ids))
        return dict(zip(ids, states, strict=True))


async def map_all(function: Callable[[T], Awaitable[R]], items: Iterable[T]) -> list[R]:
    """Return the results of a function for all items."""
    async with asyncio.TaskGroup() as group:

        def start(item: T) -> asyncio.Task[R]:
            async def call() -> R:
                return await function(item)

            return group.create_task(call())

        tasks = [*map(start, items)]  # breach: unbounded-gather
    return [task.result() for task in tasks]


async def count_delivered(gateway: Gateway, by_customer: Mapping[str, str]) -> int:
    """Return how many customers have got their message."""
    states = await map_all(gateway.state, by_customer.values())
    return states.count("delivered")


async def wait_for_all(gateway: Gateway, message_ids: Iterable[str]) -> int:
    """Return the number of messages whose states are known after a minute."""
    # breach: unbounded-gather
    tasks = {asyncio.ensure_future(gateway.state(each)) for each in message_ids}
    done, pending = await asyncio.wait(tasks, timeout=60)
    for task in pending:
        task.cancel()
    return len(done)
