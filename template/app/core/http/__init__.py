"""Calls to other services, with timeouts, safe retries and a circuit breaker.

from app.core.http import UPSTREAM_ERRORS, HttpClient
"""

from app.core.http.client import HttpClient, Timeouts
from app.core.http.errors import (
    UPSTREAM_ERRORS,
    UpstreamError,
    UpstreamFailed,
    UpstreamTimedOut,
    UpstreamUnavailable,
)

__all__ = [
    "UPSTREAM_ERRORS",
    "HttpClient",
    "Timeouts",
    "UpstreamError",
    "UpstreamFailed",
    "UpstreamTimedOut",
    "UpstreamUnavailable",
]
