"""Rejecting requests for host names that are not the service's own."""

from functools import lru_cache

from starlette.routing import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.api.exception_handlers import error_response
from app.core.errors import BadRequest


class UnknownHost(BadRequest):
    """The Host header names another service."""

    code = "unknown_host"
    message = "Unknown host. Send a Host header that this service is configured for."


class TrustedHostMiddleware:
    """Rejects requests for other hosts: a forged one would appear in generated links."""

    def __init__(self, app: ASGIApp, *, allowed: tuple[str, ...]) -> None:
        """Wrap an application.

        Args:
            app: The application to protect.
            allowed: Host names without port; `*.example.com` covers subdomains.
        """
        names = [host.lower() for host in allowed]
        self.app = app
        self.names = frozenset(names)
        self.suffixes = tuple(name[1:] for name in names if name.startswith("*."))
        self._is_known = lru_cache(maxsize=1024)(self._is_allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or respond 400. Health checks, which come by address, always pass."""
        if self._has_known_host(scope) or self._is_exempt(scope):
            await self.app(scope, receive, send)
        else:
            await error_response(UnknownHost())(scope, receive, send)

    def _is_exempt(self, scope: Scope) -> bool:
        is_request = scope["type"] in {"http", "websocket"}
        return not is_request or get_route_path(scope).startswith("/health/")

    def _has_known_host(self, scope: Scope) -> bool:
        hosts = [value for key, value in scope.get("headers", ()) if key == b"host"]
        # A proxy in front may have read the other one of two.
        return len(hosts) == 1 and self._is_known(hosts[0])

    def _is_allowed(self, header: bytes) -> bool:
        host = header.decode("latin-1").lower()
        name = host if host.endswith("]") else host.rsplit(":", 1)[0]
        return name in self.names or name.endswith(self.suffixes)
