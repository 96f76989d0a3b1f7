"""Events of another service."""

import structlog
from fastapi import Request

log = structlog.get_logger()


async def record(request: Request) -> None:
    """Record an event."""
    body = await request.body()
    log.info("event_received", path=request.url.path, method=request.method, bytes=len(body))
    log.debug("event_kind", kind=request.headers.get("x-event-kind"))
