from datetime import UTC, datetime, timedelta

import pytest

from app.features.market_data.intervals import Interval

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("interval", Interval)
def test_an_interval_starts_where_the_previous_one_ends_and_nowhere_else(
    interval: Interval,
) -> None:
    assert interval.is_start(MONDAY)
    assert interval.is_start(MONDAY + interval.length)
    assert interval.is_start(MONDAY - interval.length * 3)
    assert not interval.is_start(MONDAY + interval.length / 2)
    assert not interval.is_start(MONDAY + timedelta(microseconds=1))


def test_days_start_at_midnight_utc_and_weeks_on_a_monday() -> None:
    tuesday = MONDAY + timedelta(days=1)
    assert Interval.ONE_DAY.is_start(tuesday)
    assert not Interval.ONE_DAY.is_start(tuesday + timedelta(hours=1))
    assert not Interval.ONE_WEEK.is_start(tuesday)


def test_the_first_and_the_last_possible_datetime_are_supported() -> None:
    assert Interval.ONE_DAY.is_start(datetime.min.replace(tzinfo=UTC))
    assert not Interval.ONE_WEEK.is_start(datetime.max.replace(tzinfo=UTC))
