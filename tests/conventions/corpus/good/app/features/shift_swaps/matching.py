"""Matching of shifts that people want to swap."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K")

REST = timedelta(hours=11)
WARD_CODE = re.compile(r"[A-Z]{2}-\d{2}")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """A shift of one person on one ward."""

    starts_at: datetime
    ends_at: datetime
    person: str
    ward: str = field(compare=False)

    @property
    def hours(self) -> Decimal:
        """The length in hours."""
        return Decimal((self.ends_at - self.starts_at) // timedelta(minutes=1)) / 60


class Groups(Generic[K, T]):
    """Items by a key, in their order."""

    def __init__(self) -> None:
        """Begin without items."""
        self._items: defaultdict[K, list[T]] = defaultdict(list)

    def add(self, key: K, item: T) -> None:
        """Add an item."""
        self._items[key].append(item)

    def __iter__(self) -> Iterator[tuple[K, Sequence[T]]]:
        """Iterate over the keys with their items."""
        return iter(self._items.items())


def shifts_by_person(shifts: Iterable[Shift]) -> Groups[str, Shift]:
    """Return the shifts of each person, in the order of time."""
    groups: Groups[str, Shift] = Groups()
    for shift in sorted(shifts):
        groups.add(shift.person, shift)
    return groups


def rests_enough(shifts: Sequence[Shift]) -> bool:
    """Return whether there are eleven hours between all shifts of one person."""
    return all(later.starts_at - earlier.ends_at >= REST for earlier, later in pairwise(shifts))


def swaps(shifts: Sequence[Shift]) -> Iterator[tuple[Shift, Shift]]:
    """Yield the pairs of shifts that two people could swap."""
    # Each pair once: the inner loop begins behind the outer one. The shifts are sorted, so that the
    # first one on a later day ends the search.
    ordered = sorted(shifts)
    for i, first in enumerate(ordered):
        for second in ordered[i + 1 :]:
            if second.starts_at.date() != first.starts_at.date():
                break
            if second.person != first.person and second.hours == first.hours:
                yield first, second


def staff_needed(patients: int, *, ratio: float, reserve: float = 0.1) -> int:
    """Return the number of people that a ward needs."""
    return ceil(patients / ratio * (1 + reserve))


def is_ward(text: str) -> bool:
    """Return whether a text is the code of a ward, such as `IM-04`."""
    return WARD_CODE.fullmatch(text) is not None


def busiest(shifts: Iterable[Shift], count: int = 3) -> list[str]:
    """Return the wards with the most shifts."""
    return [ward for ward, _ in Counter(s.ward for s in shifts).most_common(count)]


def isin_check_digit(code: str) -> int:
    """Return the check digit of a staff card, which has the form of an ISIN."""
    # Letters count as two digits, A = 10 to Z = 35 (ISO 6166). Then every second digit from the
    # right is doubled, and the digits of the products are added up (the Luhn algorithm).
    digits = "".join(str(int(character, 36)) for character in code)
    doubled = (
        int(digit) * (2 if position % 2 == 0 else 1)
        for position, digit in enumerate(reversed(digits))
    )
    return -sum(value // 10 + value % 10 for value in doubled) % 10


# TODO(lena, #318): take public holidays into account
def next_working_day(moment: datetime) -> datetime:
    """Return the same time on the next day from Monday to Friday, in UTC."""
    following = moment.astimezone(UTC) + timedelta(days=1)
    while following.weekday() > 4:  # noqa: PLR2004 - Friday
        following += timedelta(days=1)
    return following


def parse_start(text: str) -> datetime:
    """Return the start of a shift from an export, such as `01.05.2026 18:00`, which is in UTC."""
    return datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=UTC)
