"""A middleware."""

from starlette.middleware.base import BaseHTTPMiddleware


class Stamp(BaseHTTPMiddleware):  # violates: slow-middleware
    """Passes every request through one task more."""
