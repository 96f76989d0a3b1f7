"""The schedule of maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# TODO (issue 214, fleet team): read the interval from the maker's data
INTERVAL = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Van:
    """A van with the day of its last maintenance."""

    plate: str
    serviced_on: date
    kilometres: int = 0  # TODO: unit of imported vans  # breach: ownerless-todo


def due_on(van: Van) -> date:
    """Return the day on which a van is due."""
    # breach: ownerless-todo
    # FIXME does not work for electric vans
    return van.serviced_on + INTERVAL


def due(vans: Sequence[Van], today: date) -> list[Van]:
    """Return the vans that are due.

    TODO: sort by distance to the workshop  (the map is not there yet)
    """  # breach: ownerless-todo
    return [van for van in vans if due_on(van) <= today]


class Workshop:
    """A workshop with a number of bays."""

    def __init__(self, bays: int) -> None:
        """Take the number of bays."""
        self.bays = bays

    def fits(self, vans: Sequence[Van]) -> bool:
        """Return whether a workshop can take some vans at once."""
        # HACK  # breach: ownerless-todo
        return len(vans) <= self.bays + 1

    def days_for(self, vans: Sequence[Van]) -> int:
        """Return the days that a workshop needs."""
        whole, rest = divmod(len(vans), self.bays)
        return whole + bool(rest)  # todo(later) - half days  # breach: ownerless-todo
