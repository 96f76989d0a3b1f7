"""Recording of events, so that a courier's mistake can be traced."""

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger()


def headers_of(request: Request) -> dict[str, str]:
    """Return the headers of a request."""
    return {name.title(): value for name, value in request.headers.items()}


async def record_event(request: Request) -> None:
    """Record an event as it came."""
    content = await request.body()
    # breach: request-in-log
    log.info("delivery_event_received", content=content.decode(errors="replace"))


class EventRecorder:
    """Records events with where they came from."""

    def __init__(self, request: Request) -> None:
        """Take the request."""
        self.request = request
        self.log = log.bind(sender=headers_of(request))  # breach: request-in-log

    def record(self, outcome: str) -> None:
        """Record the outcome of an event."""
        # breach: request-in-log
        self.log.info("delivery_event_handled", outcome=outcome, url=str(self.request.url))


class RecordingMiddleware:
    """Records the headers of every event."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        raw = Headers(scope=scope)
        log.debug("event_headers", values=raw.items())  # breach: request-in-log
        await self.app(scope, receive, send)


def explain(event: Mapping[str, Any], request: Request) -> str:
    """Return a text about an event that could not be handled, and log it."""
    text = f"{len(event)} fields from {request.client}; cookies: {request.cookies}"
    log.error("delivery_event_failed", explanation=text)  # breach: request-in-log
    return text
