"""Plain JSON: the cost of id, log line, timing and headers of every request."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measures import Measure, Sides, at_least
from benchmarks.requests import Call, Target, compare
from benchmarks.serving import Bench

OURS = Call("/api/v1/measured/plain")


@contextmanager
def beside_packages(bench: Bench) -> Iterator[Sides]:
    """Compare with the usual packages, which do the same."""
    yardstick = Target(bench.yardstick("packages:app"), Call("/plain"))
    yield compare(bench, Target(bench.our_server(), OURS), yardstick)


@contextmanager
def beside_nothing(bench: Bench) -> Iterator[Sides]:
    """Compare with a route of bare FastAPI, and with the least that does the same."""
    yardstick = Target(bench.yardstick("by_hand:app"), Call("/plain"))
    floor = Target(bench.yardstick("by_hand:dressed"), Call("/counted"))
    yield compare(bench, Target(bench.our_server(), OURS), yardstick, floor)


MEASURES = [
    Measure(
        "plain JSON, the usual packages",
        "responses per second: with request id, log line, timing, security and limit headers / the "
        "same by asgi-correlation-id, structlog, secure and slowapi",
        at_least(1.5),
        beside_packages,
    ),
    Measure(
        "plain JSON, bare FastAPI",
        "responses per second: as above / bare FastAPI, which does none of it",
        at_least(0.75),
        beside_nothing,
    ),
]
