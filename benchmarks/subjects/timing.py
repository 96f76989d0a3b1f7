"""The cost of `timed` on a function that is called often."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measures import Figure, Measure, Sides, at_most
from benchmarks.serving import Bench, State


@contextmanager
def timed_call(bench: Bench) -> Iterator[Sides]:
    """Compare calls that are not logged."""

    def call(way: str) -> Figure:
        return Figure(float(bench.run("timed.py", way)))

    yield Sides(lambda: call("timed"), lambda: call("by_hand"))


MEASURES = [
    Measure(
        "a call with `timed`",
        "seconds: a call that is not in the sample / the same wrapper by hand",
        at_most(1.5),
        timed_call,
        states=[State.NOTHING_ON],
        pairs=5,
    ),
]
