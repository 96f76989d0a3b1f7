"""Events of appointments, and what listens to them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

from app.core.email import EmailBackend, EmailMessage
from app.core.http import HttpClient
from app.core.services import get

Listener = Callable[[dict[str, Any]], Awaitable[None]]


class EventBus:
    """Calls the listeners of an event, one after the other."""

    def __init__(self, *listeners: Listener) -> None:
        """Take the listeners."""
        self._listeners = listeners

    async def emit(self, **event: Any) -> None:
        """Call each listener."""
        for listener in self._listeners:
            await listener(event)


class Consulates:
    """The system of the consulates."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the consulates."""
        self._client = client

    async def __call__(self, event: dict[str, Any]) -> None:
        """Tell a consulate who comes."""
        await self._client.request("PUT", f"/visits/{event['id']}", json={"at": event["at"]})


class Screens:
    """The screens in the waiting rooms, which read a stream of Redis."""

    def __init__(self, redis: Redis) -> None:
        """Take the connection."""
        self._append = redis.xadd
        self._running: set[asyncio.Task[Any]] = set()

    def show(self, consulate: str, text: str) -> None:
        """Show a text, without waiting for Redis."""
        task = asyncio.ensure_future(
            self._append(f"screen:{consulate}", {"text": text}, maxlen=100)
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def confirm_by_mail(to: str, key: str) -> None:
    """Write to a person that the appointment is booked."""
    message = EmailMessage(
        to=to, subject="Your appointment", text="Your appointment is booked.", key=key
    )
    await get(EmailBackend).send(message)
