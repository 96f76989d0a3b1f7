"""Reading the `Retry-After` of another service."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 86_400.0


def parse_retry_after(value: str) -> float | None:
    """Return the seconds to wait, at most a day; `None` if the value cannot be read.

    Args:
        value: Seconds, or a date as HTTP writes it.
    """
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_SECONDS)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_SECONDS)
