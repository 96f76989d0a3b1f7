"""What a request must pass before a route sees it: its host, its origin, the size of its body."""

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.api.exception_handlers import error_response
from app.core.errors import BadRequest
from app.core.middleware.headers import read_header
from app.settings import Settings


class UnknownHost(BadRequest):
    """The Host header names a service that this is not."""

    code = "unknown_host"
    message = "This service does not answer to that host name."


def request_guards(settings: Settings) -> list[Middleware]:
    """Return the middleware that the settings ask for, outermost first."""
    guards = [Middleware(MaxBodySizeMiddleware, limit=settings.max_body_bytes)]
    if settings.allowed_hosts and "*" not in settings.allowed_hosts:
        guards.insert(0, Middleware(TrustedHostMiddleware, allowed=settings.allowed_hosts))
    return guards


def browser_access(settings: Settings) -> list[Middleware]:
    """Return what lets browsers of other origins in, if the settings name any.

    It belongs outside of all else: a browser shows a page only those errors that it marked.
    """
    if not settings.cors_origins:
        return []
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "If-Match"),
        expose_headers=(
            "Deprecation",
            "ETag",
            "Idempotency-Replayed",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "Server-Timing",
            "Sunset",
            "X-Request-ID",
        ),
        allow_credentials=False,
    )
    return [cors]


class TrustedHostMiddleware:
    """Refuses requests for other hosts: a forged one would end up in links that we make."""

    def __init__(self, app: ASGIApp, *, allowed: tuple[str, ...]) -> None:
        """Wrap an application.

        Args:
            app: What answers the requests that pass.
            allowed: Host names without port; `*.example.com` covers subdomains.
        """
        names = [host.lower() for host in allowed]
        self.app = app
        self.names = frozenset(names)
        self.suffixes = tuple(name[1:] for name in names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 400. Health checks come by address and always pass."""
        if self._passes(scope):
            await self.app(scope, receive, send)
        else:
            await error_response(UnknownHost())(scope, receive, send)

    def _passes(self, scope: Scope) -> bool:
        if scope["type"] not in {"http", "websocket"}:
            return True
        return scope["path"].startswith("/health/") or self._knows(scope)

    def _knows(self, scope: Scope) -> bool:
        host = (read_header(scope, b"host") or "").lower()
        name = host if host.endswith("]") else host.rsplit(":", 1)[0]
        return name in self.names or name.endswith(self.suffixes)


class MaxBodySizeMiddleware:
    """Stops reading a body that is too large, whether its length was announced or not.

    A route that takes more sets `request.scope["max_body_bytes"]` before it reads.
    """

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        """Wrap an application.

        Args:
            app: What answers the requests.
            limit: The most bytes of a body.
        """
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a `receive` that counts."""
        announced = _announced_length(scope) if scope["type"] == "http" else None
        if announced is None:
            await self.app(scope, receive, send)
            return
        seen = 0

        async def receive_within_limit() -> Message:
            nonlocal seen
            limit = scope.get("max_body_bytes", self.limit)
            if announced > limit:
                raise _too_large(limit)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
            return message

        await self.app(scope, receive_within_limit, send)


def _announced_length(scope: Scope) -> int | None:
    """Return how long a body claims to be, 0 if it does not say; `None` if there is no body."""
    length = read_header(scope, b"content-length")
    if length is not None:
        return int(length) if length.isdecimal() else 0
    return 0 if read_header(scope, b"transfer-encoding") else None


def _too_large(limit: int) -> HTTPException:
    # An HTTPException, since FastAPI turns any other one into 400 while it reads a body.
    return HTTPException(413, f"The body is too large: {limit} bytes are the most.")
