"""Candle intervals: their length, and the times at which they start."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Interval(StrEnum):
    """The time span of a candle."""

    ONE_MINUTE = "1m"
    FIVE_MINUTES = "5m"
    FIFTEEN_MINUTES = "15m"
    ONE_HOUR = "1h"
    FOUR_HOURS = "4h"
    ONE_DAY = "1d"
    ONE_WEEK = "1w"

    @property
    def length(self) -> timedelta:
        """The time from one candle to the next."""
        return _LENGTHS[self]

    def is_start(self, time: datetime) -> bool:
        """Return whether a candle may open then: days at midnight UTC, weeks on a Monday."""
        return not (time - _A_MONDAY) % self.length


# Every length divides a week, so this Monday is a start of every interval.
_A_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_LENGTHS = {
    Interval.ONE_MINUTE: timedelta(minutes=1),
    Interval.FIVE_MINUTES: timedelta(minutes=5),
    Interval.FIFTEEN_MINUTES: timedelta(minutes=15),
    Interval.ONE_HOUR: timedelta(hours=1),
    Interval.FOUR_HOURS: timedelta(hours=4),
    Interval.ONE_DAY: timedelta(days=1),
    Interval.ONE_WEEK: timedelta(weeks=1),
}
