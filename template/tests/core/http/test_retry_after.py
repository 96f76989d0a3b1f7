"""The values of `Retry-After` in use."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.core.http.retry_after import MAX_SECONDS, parse_retry_after


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("7", 7), ("9" * 400, MAX_SECONDS)])
def test_seconds_are_read(value: str, seconds: float) -> None:
    assert parse_retry_after(value) == seconds


def test_a_date_is_read() -> None:
    date = datetime.now(UTC) + timedelta(hours=1)
    seconds = parse_retry_after(format_datetime(date, usegmt=True))
    assert seconds is not None
    assert 3000 < seconds <= 3600


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_SECONDS),
    ],
)
def test_a_date_long_past_or_far_ahead_is_bounded(value: str, seconds: float) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize("value", ["", " ", "-1", "1.5", "soon", "²", "Wed, 99 Oct 2015 07:28:00"])
def test_anything_else_is_none(value: str) -> None:
    assert parse_retry_after(value) is None
