"""Planning of shifts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from app.features.roster_planning.models import RosterShift

ShiftT = TypeVar("ShiftT", bound=RosterShift)

NIGHT_FACTOR = Decimal("1.25")


@dataclass(frozen=True, slots=True)
class Wage:
    """The wage of a shift, in cents."""

    cents: int
    fl: bool  # breach: poor-name


def split(shifts: Sequence[ShiftT]) -> tuple[list[ShiftT], list[ShiftT]]:
    """Return the shifts of days and of nights."""
    lst1 = [shift for shift in shifts if shift.starts_at.hour < 20]  # breach: poor-name
    lst2 = [shift for shift in shifts if shift.starts_at.hour >= 20]  # breach: poor-name
    return lst1, lst2


def wage_of(shift: RosterShift, cents_per_hour: int) -> Wage:
    """Return the wage of a shift."""
    h = Decimal((shift.ends_at - shift.starts_at) // timedelta(minutes=1)) / 60  # breach: poor-name
    night = shift.starts_at.hour >= 20
    return Wage(round(h * cents_per_hour * (NIGHT_FACTOR if night else 1)), night)


def longest(shifts: Iterable[RosterShift]) -> timedelta:
    """Return the length of the longest shift."""
    lengths = [each.ends_at - each.starts_at for each in shifts]
    return max(lengths, default=timedelta())


def process_data(data: Sequence[RosterShift], a: datetime, b: datetime) -> int:  # breach: poor-name
    """Return the number of shifts between two times."""
    return sum(a <= shift.starts_at < b for shift in data)


def overlap(first: RosterShift, second: RosterShift) -> bool:
    """Return whether two shifts overlap."""
    # breach: poor-name
    tmp = first.ends_at if first.starts_at < second.starts_at else second.ends_at
    later = max(first.starts_at, second.starts_at)
    return later < tmp


class ShiftHelper2:  # breach: poor-name
    """The shifts of one week."""

    def __init__(self, shifts: Sequence[RosterShift]) -> None:
        """Take the shifts."""
        self.shifts = shifts

    def by_day(self) -> dict[int, int]:
        """Return the number of shifts by the day of the week."""
        result_final: dict[int, int] = {}  # breach: poor-name
        for shift in self.shifts:
            day = shift.starts_at.weekday()
            result_final[day] = result_final.get(day, 0) + 1
        return result_final
