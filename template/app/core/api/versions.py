"""Versions of the API, as prefixes of its paths, and the deprecation of routes.

A new version is served beside the old one. A route that will be removed announces it in the
OpenAPI document and in its responses:

    OLD_NOTES = Sunset(deprecated=date(2027, 1, 31), removed=date(2027, 7, 31))

    @router.get("/{note_id}", deprecated=True, dependencies=[Depends(OLD_NOTES)])
"""

from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from app.core.context import current_request

API_V1 = "/api/v1"


class Sunset:
    """A dependency that sends the `Deprecation` and `Sunset` headers of a route."""

    def __init__(self, *, deprecated: date, removed: date) -> None:
        """Create the dependency.

        Args:
            deprecated: The date from which new clients should not use the route.
            removed: The date from which the route may be missing.

        Raises:
            ValueError: `removed` is before `deprecated`.
        """
        if removed < deprecated:
            message = f"Sunset: removed ({removed}) is before deprecated ({deprecated})"
            raise ValueError(message)
        since, end = (datetime.combine(day, time(), UTC) for day in (deprecated, removed))
        self.headers = [
            (b"deprecation", f"@{since.timestamp():.0f}".encode()),
            (b"sunset", format_datetime(end, usegmt=True).encode()),
        ]

    async def __call__(self) -> None:
        """Add the headers to the response of the current request; FastAPI calls this."""
        if request := current_request():
            request.response_headers += self.headers
