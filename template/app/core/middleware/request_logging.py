"""The middleware that gives a request its id, times it, logs it, and handles unexpected errors."""

from collections.abc import Callable, Iterable
from random import random
from time import perf_counter
from typing import Any, TypeVar

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.api.exception_handlers import internal_error_response
from app.core.api.routing import matched_route
from app.core.context import (
    RequestContext,
    accept_request_id,
    reset_current_request,
    set_current_request,
)
from app.core.middleware.headers import read_header
from app.core.middleware.security_headers import security_headers
from app.core.server.draining import is_draining
from app.settings import Settings

SERVER_ERROR = 500

log = structlog.get_logger()
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def log_sample(rate: float) -> Callable[[Endpoint], Endpoint]:
    """Log only a sample of an endpoint's requests; slow and failed ones are always logged.

    Args:
        rate: From 0 (none) to 1 (all). Replaces `REQUEST_LOG_SAMPLE` for this endpoint.

    Raises:
        ValueError: The rate is not between 0 and 1.
    """
    if not 0 <= rate <= 1:
        message = f"log_sample({rate}): the rate must be between 0 and 1"
        raise ValueError(message)

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["log_sample"] = rate
        return endpoint

    return mark


class RequestLoggingMiddleware:
    """Gives every request an id, measures it, logs one line, and handles uncaught errors."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Wrap an application.

        Args:
            app: The application.
            settings: The sample rate and the threshold for slow requests.
        """
        self.app = app
        self.slow_ms = settings.slow_request_ms
        self.sample = settings.request_log_sample
        self.headers = security_headers(scheme="http")
        self.headers_over_https = security_headers(scheme="https")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        request = RequestContext(
            accept_request_id(read_header(scope, b"x-request-id")), client[0] if client else None
        )
        token = set_current_request(request)
        try:
            await self._serve(scope, receive, send, request)
        finally:
            self._log(scope, request)
            reset_current_request(token)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, request: RequestContext
    ) -> None:
        secure = scope["scheme"] in {"https", "wss"}  # a proxy may send either
        security = self.headers_over_https if secure else self.headers
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                request.status = message["status"]
                message["headers"] = _add_headers(message["headers"], request, security)
            elif not message.get("more_body"):
                request.finished = perf_counter()  # background tasks run after this
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            log.exception(
                "request_failed",
                method=scope["method"],
                route=_template_of(matched_route(scope)),
                user_id=request.user_id,
                error=type(error).__name__,
            )
            request.status = SERVER_ERROR
            if started:
                raise  # half a response is sent: only closing the connection tells the client
            await internal_error_response()(scope, receive, send_with_headers)

    def _log(self, scope: Scope, request: RequestContext) -> None:
        route, elapsed_ms = matched_route(scope), request.elapsed_ms()
        if elapsed_ms >= self.slow_ms or request.status >= SERVER_ERROR:
            write = log.warning
        elif random() < self._sample_of(route):  # noqa: S311 - no secret
            write = log.info
        else:
            return
        write(
            "request",
            method=scope["method"],
            route=_template_of(route),
            status=request.status,
            ms=round(elapsed_ms, 1),
            db_ms=round(request.database_seconds * 1000, 1),
            queries=request.database_queries,
            **_upstream_fields(request),
        )

    def _sample_of(self, route: object) -> float:
        endpoint = getattr(route, "endpoint", None)
        rate: float = getattr(endpoint, "log_sample", self.sample)
        return rate


def _upstream_fields(request: RequestContext) -> dict[str, float]:
    """Return the log fields about calls to other services, if there were any."""
    if not request.upstream_calls:
        return {}
    ms = round(request.upstream_seconds * 1000, 1)
    return {"upstream_ms": ms, "upstream_calls": request.upstream_calls}


def _template_of(route: object) -> str:
    """Return the path with parameter names in place of values, for grouping log lines."""
    template: str = getattr(route, "path_format", "unmatched")
    return template


RawHeaders = list[tuple[bytes, bytes]]


def _add_headers(
    headers: Iterable[tuple[bytes, bytes]], request: RequestContext, security: RawHeaders
) -> RawHeaders:
    given = list(headers)
    names = {name for name, _ in given}
    if b"x-request-id" in names:
        given = [header for header in given if header[0] != b"x-request-id"]
    timing = (
        f"total;dur={request.elapsed_ms():.1f}, "
        f'db;dur={request.database_seconds * 1000:.1f};desc="{request.database_queries} queries"'
    )
    if calls := request.upstream_calls:
        ms = request.upstream_seconds * 1000
        timing += f', upstream;dur={ms:.1f};desc="{calls} calls"'
    given += (
        (b"x-request-id", request.request_id.encode("ascii")),
        (b"server-timing", timing.encode("ascii")),
        *request.response_headers,
        *(header for header in security if header[0] not in names),
    )
    if is_draining():  # so that the client does not send another request on this connection
        given.append((b"connection", b"close"))
    return given
