"""Measures and their results: a ratio of two figures that are taken in turns, A B A B ….

    MEASURES = [
        Measure("cold start", "seconds: the app / its libraries", at_most(1.25), compare_starts),
    ]

    @contextmanager
    def compare_starts(bench: Bench) -> Iterator[Sides]:
        yield Sides(lambda: Figure(start(bench)), lambda: Figure(import_libraries(bench)))

`make bench` runs the measures of the modules that `benchmarks/__main__.py` lists. A side that
responds wrongly raises, so that nothing is compared that is not the same work.
"""

import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from benchmarks.serving import Bench, State

PAIRS = 11


class Bound(StrEnum):
    """The direction of an aim."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


class Aim(NamedTuple):
    """The ratio that is wanted."""

    bound: Bound
    ratio: float

    def is_met(self, ratio: float) -> bool:
        """Return whether a ratio is good enough."""
        return ratio >= self.ratio if self.bound is Bound.AT_LEAST else ratio <= self.ratio

    def __str__(self) -> str:
        """Return the aim as the table shows it."""
        return f"{self.bound} {self.ratio:g}"


def at_least(ratio: float) -> Aim:
    """Return the aim of a figure that should be high, such as responses per second."""
    return Aim(Bound.AT_LEAST, ratio)


def at_most(ratio: float) -> Aim:
    """Return the aim of a figure that should be low, such as seconds."""
    return Aim(Bound.AT_MOST, ratio)


class Figure(NamedTuple):
    """One measurement of one side.

    Attributes:
        value: In the unit of the measure; the ratio is made of these.
        cpu: CPU seconds of the measured process per unit of work, if they were read.
    """

    value: float
    cpu: float | None = None


Side = Callable[[], Figure]


class Sides(NamedTuple):
    """The two things that are compared, and the best that is possible.

    Attributes:
        service: The generated service.
        yardstick: The same work by hand.
        floor: The least that can keep the guarantees, for an aim that cannot be met.
    """

    service: Side
    yardstick: Side
    floor: Side | None = None


@dataclass(frozen=True)
class Measure:
    """One row of the table, for each state of the answers.

    Attributes:
        name: Unique among the measures.
        compared: The unit and the two sides: `responses per second: service / bare FastAPI`.
        aim: The ratio that is wanted; `None` shows the ratio only.
        compare: Opens the servers of both sides.
        states: The answers with which the measure is taken.
        pairs: The number of pairs; fewer for slow sides.
    """

    name: str
    compared: str
    aim: Aim | None
    compare: Callable[[Bench], AbstractContextManager[Sides]]
    states: Sequence[State] = tuple(State)
    pairs: int = PAIRS

    def take(self, bench: Bench) -> "Result":
        """Measure the sides in turns, after one turn that warms them up."""
        with self.compare(bench) as sides:
            turns = [[side() for side in sides if side] for _ in range(1 + self.pairs)][1:]
        return Result(self.name, self.compared, bench.state, self.aim, turns)


@dataclass(frozen=True)
class Result:
    """The figures of a measure.

    Attributes:
        name: The name of the measure.
        compared: Its unit and sides.
        state: The state of the answers.
        aim: The ratio that is wanted.
        turns: Each has the figures of the service, the yardstick and, if there is one, the floor.
    """

    name: str
    compared: str
    state: State
    aim: Aim | None
    turns: list[list[Figure]]

    @property
    def ratio(self) -> float:
        """The median of the ratios of the service to the yardstick."""
        return statistics.median(turn[0].value / turn[1].value for turn in self.turns)

    @property
    def floor(self) -> float | None:
        """The median of the ratios of the floor to the yardstick."""
        if len(self.turns[0]) < 3:
            return None
        return statistics.median(turn[2].value / turn[1].value for turn in self.turns)

    @property
    def cpu(self) -> float | None:
        """The median of the ratios of CPU time for the same work, if it was read."""
        pairs = [(turn[0].cpu, turn[1].cpu) for turn in self.turns]
        ratios = [service / yardstick for service, yardstick in pairs if service and yardstick]
        return statistics.median(ratios) if ratios else None

    @property
    def is_missed(self) -> bool:
        """`True` if there is an aim that the ratio does not meet."""
        return self.aim is not None and not self.aim.is_met(self.ratio)
