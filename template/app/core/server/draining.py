"""A stop that loses no request: SIGTERM makes the service unready first, and stops it later.

A load balancer sends requests until it notices that a server is unready. So after SIGTERM the
service goes on for `SHUTDOWN_DRAIN_SECONDS`: `/health/ready` is 503, every response closes its
connection. Then the server stops as it does without a pause: it closes the listener, completes the
requests in flight, and ends the lifespan. A second SIGTERM, or Ctrl-C, ends the pause.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

import structlog
from fastapi import FastAPI

from app.core.module import Module
from app.core.server.settings import ServerSettings
from app.core.services import find, get, provide

log = structlog.get_logger()


class Drain:
    """The state of the pause before the server stops."""

    def __init__(self) -> None:
        """Create the state of a service that has not been asked to stop."""
        self.has_begun = False


def is_draining() -> bool:
    """Return whether the service has been asked to stop."""
    drain = find(Drain)
    return drain is not None and drain.has_begun


@contextmanager
def draining_on_sigterm(seconds: float) -> Iterator[Drain]:
    """Delay what the server does upon SIGTERM.

    The server has installed its handler before it starts the lifespan; it is called after the
    pause. That holds for every worker process too, without a class of ours in the supervisor.

    Args:
        seconds: The length of the pause.
    """
    drain = Drain()
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop) or threading.current_thread() is not threading.main_thread():
        with provide(Drain, drain):
            yield drain
        return
    loop = asyncio.get_running_loop()

    def begin(number: int, frame: FrameType | None) -> None:
        pause = 0 if drain.has_begun else seconds
        drain.has_begun = True
        loop.call_soon_threadsafe(loop.call_later, pause, stop, number, frame)

    signal.signal(signal.SIGTERM, begin)
    try:
        with provide(Drain, drain):
            yield drain
    finally:
        signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def _drain(_app: FastAPI) -> AsyncIterator[None]:
    with draining_on_sigterm(get(ServerSettings).drain_seconds):
        yield


module = Module(name="server", open=_drain, settings=ServerSettings)
