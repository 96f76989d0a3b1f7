"""The middleware of the service, outermost first."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.core.middleware.head import HeadMiddleware
from app.core.middleware.max_body_size import MaxBodySizeMiddleware
from app.core.middleware.request_logging import RequestLoggingMiddleware
from app.core.middleware.trusted_hosts import TrustedHostMiddleware
from app.settings import Settings

_REQUEST_HEADERS = (
    *("Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"),
    *("If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Range"),
    *("baggage", "sentry-trace", "traceparent", "tracestate"),  # tracing of browsers
)


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
        Middleware(HeadMiddleware),
    ]


def _cors(settings: Settings) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=(*_REQUEST_HEADERS, *settings.cors_headers),
        expose_headers=(
            "Accept-Ranges",
            "Content-Disposition",
            "Content-Range",
            "Deprecation",
            "ETag",
            "Idempotency-Replayed",
            "Last-Modified",
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
