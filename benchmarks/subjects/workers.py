"""Measures of several workers, relative to one.

The load generator and PostgreSQL use cores too: on a machine with fewer cores than workers and
those, the ratio is as the cores allow, and has no aim.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from benchmarks.measures import Aim, Measure, Sides, at_least
from benchmarks.requests import Call, Target, compare
from benchmarks.serving import Bench, State

CONNECTIONS = 32  # workers share them unevenly, the less so the more there are
COUNT = 4000
OTHERS = 2
"""The cores that the load generator and PostgreSQL use."""

PLAIN = Call("/api/v1/measured/plain")
CORES = os.cpu_count() or 1


def comparing(workers: int) -> Callable[[Bench], AbstractContextManager[Sides]]:
    """Return the comparison of some workers with one."""

    @contextmanager
    def compare_workers(bench: Bench) -> Iterator[Sides]:
        with ExitStack() as stack:
            many, one = (
                stack.enter_context(
                    bench.serve(("-m", "app.server"), settings={"WEB_CONCURRENCY": str(number)})
                )
                for number in (workers, 1)
            )
            yield compare(
                bench, Target(many, PLAIN), Target(one, PLAIN), count=COUNT, connections=CONNECTIONS
            )

    return compare_workers


def aim_of(workers: int, *, cores: int) -> Aim | None:
    """Return the aim: nine tenths of the workers, where there are cores for them."""
    return at_least(0.9 * workers) if cores >= workers + OTHERS else None


MEASURES = [
    Measure(
        f"{workers} workers",
        f"plain responses per second: {workers} workers / one, on {CORES} cores",
        aim_of(workers, cores=CORES),
        comparing(workers),
        states=[State.NOTHING_ON],
    )
    for workers in (2, 4)
]
