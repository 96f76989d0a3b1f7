"""Reads of one row and of a page, public and of one's own rows."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.measures import Measure, Sides, at_least, at_most
from benchmarks.requests import Call, Target, check_refusal, compare, median_seconds, send, shape
from benchmarks.serving import Bench

PUBLIC = Call("/api/v1/symbols/AAPL")
TUTORIAL, HAND, DRESSED = "tutorial:app", "by_hand:app", "by_hand:dressed"


@contextmanager
def public_row(bench: Bench) -> Iterator[Sides]:
    """Compare reads of one row by four connections."""
    yield compare(bench, *public_targets(bench))


@contextmanager
def public_latency(bench: Bench) -> Iterator[Sides]:
    """Compare reads of one row by one connection."""
    yield compare(bench, *public_targets(bench), reading=median_seconds, connections=1, count=500)


def public_targets(bench: Bench) -> list[Target]:
    """Return the targets that read one symbol."""
    return [
        Target(bench.our_server(), PUBLIC),
        Target(bench.yardstick(TUTORIAL), Call("/symbols/AAPL")),
        Target(bench.yardstick(DRESSED), Call("/symbols/AAPL")),
    ]


@contextmanager
def own_row(bench: Bench) -> Iterator[Sides]:
    """Compare reads of one's own row; a row of another user is not found."""
    own, theirs = (f"/alerts/{bench.environment[f'BENCH_{one}']}" for one in ("ALERT", "OTHER"))
    targets = own_targets(bench, f"/api/v1{own}", own)
    for target in targets:
        check_refusal(bench, target, status=404, path=target.call.path.replace(own, theirs))
    yield compare(bench, *targets)


@contextmanager
def own_list(bench: Bench) -> Iterator[Sides]:
    """Compare the second page of 50 of one's own rows; a changed cursor is refused."""
    first = Target(bench.our_server(), Call("/api/v1/alerts?limit=50", headers=token_of(bench)))
    cursor = json.loads(send(bench, first).body)["meta"]["next_cursor"]
    hand = Target(bench.yardstick(HAND), Call("/first-cursor", headers=token_of(bench)))
    by_hand = json.loads(send(bench, hand).body)
    path = "/alerts?limit=50&cursor="
    targets = own_targets(bench, f"/api/v1{path}{cursor}", f"{path}{by_hand}")
    for target in targets:
        check_refusal(bench, target, status=400, path=f"{target.call.path}x")
    yield compare(bench, *targets, same=rows_and_shape, count=400)


def own_targets(bench: Bench, ours: str, by_hand: str) -> list[Target]:
    """Return the targets that read a user's own rows; each refuses a wrong token."""
    headers = token_of(bench)
    targets = [
        Target(bench.our_server(), Call(ours, headers=headers)),
        Target(bench.yardstick(HAND), Call(by_hand, headers=headers)),
        Target(bench.yardstick(DRESSED), Call(by_hand, headers=headers)),
    ]
    for target in targets:
        check_refusal(bench, target, status=401, headers={"Authorization": "Bearer wrong"})
    return targets


def token_of(bench: Bench) -> dict[str, str]:
    """Return the header of the user who owns the rows."""
    return {"Authorization": f"Bearer {bench.environment['BENCH_TOKEN']}"}


def rows_and_shape(body: Mapping[str, object]) -> object:
    """Return the rows of a page; its cursor is signed by each side in its own way."""
    return [body["data"], shape(body["meta"])]


MEASURES = [
    Measure(
        "public read of one row",
        "responses per second: a symbol / FastAPI and SQLAlchemy as in their tutorials",
        at_least(1.2),
        public_row,
    ),
    Measure(
        "public read of one row, latency",
        "median seconds on one connection: as above",
        at_most(0.9),
        public_latency,
    ),
    Measure(
        "authenticated read of one own row",
        "responses per second: an alert / the two statements by hand in one AUTOCOMMIT connection",
        at_least(0.9),
        own_row,
    ),
    Measure(
        "authenticated list of 50 own rows",
        "responses per second: a keyset page of alerts / the two statements by hand",
        at_least(0.9),
        own_list,
    ),
]
