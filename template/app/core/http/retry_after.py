"""Parser for the `Retry-After` header of another service."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_SECONDS = 86_400.0


def parse_retry_after(value: str) -> float | None:
    """Return the seconds to wait, at most a day, or `None` if the value is invalid.

    Args:
        value: Seconds or an HTTP date.
    """
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_SECONDS)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_SECONDS)
