"""The versions of the API, as the prefixes of its paths. A new one lives beside the old.

A route that will go says so, in its answers and in OpenAPI:

    OLD_NOTES = Sunset(deprecated=date(2027, 1, 31), gone=date(2027, 7, 31))

    @router.get("/{note_id}", deprecated=True, dependencies=[Depends(OLD_NOTES)])
"""

from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from app.core.context import current_request

API_V1 = "/api/v1"


class Sunset:
    """A dependency that announces the end of a route, with `Deprecation` and `Sunset` headers."""

    def __init__(self, *, deprecated: date, gone: date) -> None:
        """Declare when the route ends.

        Args:
            deprecated: The day from which it should not be used in anything new.
            gone: The day from which it may be missing.

        Raises:
            ValueError: It would be gone before it is deprecated.
        """
        if gone < deprecated:
            message = f"Sunset: gone on {gone} is before deprecated on {deprecated}"
            raise ValueError(message)
        since, end = (datetime.combine(day, time(), UTC) for day in (deprecated, gone))
        self.headers = [
            (b"deprecation", f"@{since.timestamp():.0f}".encode()),
            (b"sunset", format_datetime(end, usegmt=True).encode()),
        ]

    async def __call__(self) -> None:
        """Announce it in the answer to this request; FastAPI calls this."""
        if request := current_request():
            request.response_headers += self.headers
