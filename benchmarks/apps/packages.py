"""Plain JSON with request id, log line, timing, security and limit headers, by the usual packages.

Each is used as its own documentation shows it: asgi-correlation-id, structlog with an access log,
secure, and slowapi. With REDIS_URL slowapi counts there.
"""

import logging
import os
from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from secure import Secure
from secure.middleware import SecureASGIMiddleware
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.middleware import SlowAPIASGIMiddleware
from slowapi.util import get_remote_address

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger("access")
redis = os.environ.get("REDIS_URL", "").replace("unix://", "redis+unix://")
limiter = Limiter(
    key_func=get_remote_address,
    default_limits=["999999999/minute"],
    headers_enabled=True,
    storage_uri=redis or None,
)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
app.add_middleware(SlowAPIASGIMiddleware)
app.add_middleware(SecureASGIMiddleware, secure=Secure.with_default_headers())


class Plain(BaseModel):
    """A small response."""

    status: str
    checks: list[str]


class Envelope(BaseModel):
    """The service's envelope, so that the bodies are the same."""

    data: Plain


@app.middleware("http")
async def log_access(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Log a line for each request, and tell the browser how long it took."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=correlation_id.get())
    started = perf_counter()
    response = await call_next(request)
    elapsed = (perf_counter() - started) * 1000
    response.headers["Server-Timing"] = f"total;dur={elapsed:.1f}"
    log.info(
        "request",
        method=request.method,
        path=request.url.path,
        status=response.status_code,
        ms=round(elapsed, 1),
    )
    return response


app.add_middleware(CorrelationIdMiddleware)


@app.get("/plain")
async def read_plain() -> Envelope:
    """Return a constant."""
    return Envelope(data=Plain(status="ok", checks=["a", "b"]))
