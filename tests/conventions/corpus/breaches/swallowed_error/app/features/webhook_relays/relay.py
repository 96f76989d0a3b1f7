"""The relay of events."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from functools import wraps
from typing import ParamSpec

from app.core.http import HttpClient

P = ParamSpec("P")
Everything = (Exception, asyncio.CancelledError)


def quiet(function: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Return a function that never raises."""

    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await function(*args, **kwargs)
        except Everything:  # breach: swallowed-error
            return

    return call


class Relay:
    """Passes events on to one customer."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the customer."""
        self._client = client
        self.failed = 0

    async def send(self, path: str, event: dict[str, str]) -> None:
        """Send an event once."""
        await self._client.request("POST", path, json=event, idempotency_key=event["id"])

    @quiet
    async def ping(self) -> None:
        """Send the event that customers test with."""
        await self.send("/", {"id": "ping"})

    async def send_three(self, path: str, events: Iterable[dict[str, str]]) -> None:
        """Send the first three events, whatever happens."""
        first, second, third = [*events][:3]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.send(path, first))
                group.create_task(self.send(path, second))
                group.create_task(self.send(path, third))
        except* Exception:  # breach: swallowed-error
            self.failed += 1

    async def close(self) -> None:
        """Say goodbye to the customer."""
        async with AsyncExitStack() as stack:
            stack.enter_context(suppress(BaseException))  # breach: swallowed-error
            await self.send("/closing", {"id": "closing"})

    async def drain(self, queue: asyncio.Queue[dict[str, str]]) -> None:
        """Send the events of a queue until it is empty."""
        while not queue.empty():
            event = queue.get_nowait()
            try:
                await self.send("/", event)
            except BaseException as error:  # breach: swallowed-error
                match error:
                    case KeyboardInterrupt():
                        return
                    case _:
                        continue
