"""The middleware of the service, outermost first."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.core.middleware.max_body_size import MaxBodySizeMiddleware
from app.core.middleware.request_logging import RequestLoggingMiddleware
from app.core.middleware.trusted_hosts import TrustedHostMiddleware
from app.settings import Settings


def build_middleware(settings: Settings) -> list[Middleware]:
    """Return the middleware that the settings ask for, outermost first.

    CORS comes first, so that browsers may read error responses of every other layer too.
    """
    hosts = settings.allowed_hosts
    return [
        *([_cors(settings)] if settings.cors_origins else []),
        Middleware(RequestLoggingMiddleware, settings=settings),
        *([Middleware(TrustedHostMiddleware, allowed=hosts)] if hosts and "*" not in hosts else []),
        Middleware(MaxBodySizeMiddleware, limit=settings.max_body_bytes),
    ]


def _cors(settings: Settings) -> Middleware:
    return Middleware(
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
