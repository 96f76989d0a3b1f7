"""Calls to other services: timeouts, bounded retries, a circuit breaker and a bulkhead.

    from app.core.http import UPSTREAM_ERRORS, HttpClient

    async with HttpClient("weather", base_url=settings.weather_url) as client:
        response = await client.request("GET", "/today", params={"city": "Bern"})

See `app.core.http.client` for the options of a client.
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
