"""A minimum rate for clients that send a body, or read a response, slowly."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings

T = TypeVar("T")


class SlowReader(ConnectionAbortedError):
    """A client reads its response too slowly: the server closes the connection."""


@dataclass(slots=True)
class _Allowance:
    """The seconds for which a client may keep the service waiting: a leaky bucket.

    Each byte earns time, so that the rate is an average; a client that was fast saves no more than
    the grace period.
    """

    bytes_per_second: int
    grace_seconds: float
    left: float

    def earn(self, size: int) -> None:
        self.left = min(self.left, self.grace_seconds) + size / self.bytes_per_second

    async def spend(self, step: Awaitable[T]) -> T:
        """Wait for a step of the client; `TimeoutError` if it takes longer than what is left."""
        started = monotonic()
        async with asyncio.timeout(self.left):
            result = await step
        self.left -= monotonic() - started
        return result


class MinRateMiddleware:
    """Ends requests of clients that are slower than a minimum rate after a grace period.

    A slow body is a 408. A slow reader is disconnected, which ends a streamed response and frees
    what it holds, such as a connection to another service. Time that the service takes is not
    counted.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Wrap an application; the settings have the rate and the grace period."""
        self.app = app
        self.bytes_per_second = settings.client_min_bytes_per_second
        self.grace_seconds = settings.client_grace_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a `receive` and a `send` that wait for a limited time."""
        if scope["type"] == "http":
            receive, send = self._limit_receive(receive), self._limit_send(send)
        await self.app(scope, receive, send)

    def _limit_receive(self, receive: Receive) -> Receive:
        allowance, ended = self._allow(), False

        async def receive_in_time() -> Message:
            nonlocal ended
            if ended:
                return await receive()  # waits for the client to disconnect
            try:
                message = await allowance.spend(receive())
            except TimeoutError:
                raise _body_too_slow(self.bytes_per_second) from None
            allowance.earn(len(message.get("body", b"")))
            ended = not message.get("more_body")
            return message

        return receive_in_time

    def _limit_send(self, send: Send) -> Send:
        allowance, streams = self._allow(), False

        async def send_in_time(message: Message) -> None:
            nonlocal streams
            # A server waits before it takes a message, until the client has read the ones before.
            # So the one body of an ordinary response never waits, and needs no timer.
            if message["type"] == "http.response.body":
                if not (streams or message.get("more_body")):
                    await send(message)
                    return
                streams = True
            try:
                await allowance.spend(send(message))
            except TimeoutError:
                raise SlowReader from None
            allowance.earn(len(message.get("body", b"")))

        return send_in_time

    def _allow(self) -> _Allowance:
        return _Allowance(self.bytes_per_second, self.grace_seconds, self.grace_seconds)


def _body_too_slow(bytes_per_second: int) -> HTTPException:
    # An HTTPException, since FastAPI turns any other exception into 400 while it reads a body.
    message = f"The body arrives too slowly; the minimum is {bytes_per_second} bytes a second."
    return HTTPException(408, message, headers={"Connection": "close"})
