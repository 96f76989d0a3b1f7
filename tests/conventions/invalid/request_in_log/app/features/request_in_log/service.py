"""Events of another service."""

import structlog
from fastapi import Request

log = structlog.get_logger()


async def record(request: Request) -> None:
    """Record an event."""
    log.info("event_received", given=dict(request.headers))  # violates: request-in-log
    body = await request.body()
    log.debug("event_content", content=body.decode())  # violates: request-in-log
