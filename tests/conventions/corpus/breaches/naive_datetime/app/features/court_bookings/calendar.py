"""The calendar of the club, which is in the club's time zone."""

from datetime import UTC, date, datetime, time
from datetime import datetime as moment

from app.features.court_bookings.schemas import CourtSlot


def opening(day: date) -> datetime:
    """Return the time at which the club opens."""
    return datetime.combine(day, time(7))  # breach: naive-datetime


def parse_slot(text: str) -> datetime:
    """Return the start of a slot from the calendar's export, such as `01.05.2026 18:00`."""
    return moment.strptime(text, "%d.%m.%Y %H:%M")  # breach: naive-datetime


def is_over(slot: CourtSlot) -> bool:
    """Return whether a slot is over."""
    clock = datetime.utcnow  # breach: naive-datetime
    return slot.ends_at.replace(tzinfo=None) < clock()


def season_start(year: int) -> datetime:
    """Return the start of the season."""
    return datetime(year, 4, 1, tzinfo=UTC)
