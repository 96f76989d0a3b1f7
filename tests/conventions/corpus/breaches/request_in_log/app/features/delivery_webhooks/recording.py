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
    log.info(  # breach: request-in-log
        "delivery_event_received", content=(await request.body()).decode(errors="replace")
    )


class EventRecorder:
    """Records events with where they came from."""

    def __init__(self, request: Request) -> None:
        """Take the request."""
        self.log = log.bind(sender=headers_of(request))  # breach: request-in-log

    def record(self, outcome: str) -> None:
        """Record the outcome of an event."""
        self.log.info("delivery_event_handled", outcome=outcome)


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
    """Log why an event could not be handled, and return a text for the courier."""
    text = f"{len(event)} fields from {request.client}; cookies: {request.cookies}"
    log.error("delivery_event_failed", explanation=text)  # breach: request-in-log
    return "The event could not be handled. Send it again."


class DeliveryLog:
    """The log of one delivery."""

    def __init__(self, parcel: str) -> None:
        """Take the parcel."""
        self._log = log.bind(parcel=parcel)

    def refuse(self, event: Mapping[str, Any], request: Request) -> None:
        """Record an event that was refused."""
        context = {"fields": sorted(event), "headers": headers_of(request)}
        self._log.warning("delivery_event_refused", **context)  # breach: request-in-log
