"""Writes with an idempotency key, webhooks, and rate limits: the cost of a guarantee."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from time import time

from benchmarks.measures import Measure, Sides, at_least, at_most
from benchmarks.requests import Call, Target, check_refusal, compare, seconds_each, send
from benchmarks.serving import Bench, State

MEASURED = "/api/v1/measured"
READ, LIMITED = Call(f"{MEASURED}/free"), Call(f"{MEASURED}/limited")
LIMITED_BY_HAND = Call(f"{MEASURED}/limited-by-hand")
WRITE = Call(f"{MEASURED}/writes", method="POST")
WRITE_ONCE = Call(f"{MEASURED}/writes-once", method="POST", changing="idempotency_keys")
WRITE_ONCE_BY_HAND = replace(WRITE_ONCE, path=f"{WRITE_ONCE.path}-by-hand")


@contextmanager
def idempotency_key(bench: Bench) -> Iterator[Sides]:
    """Compare the smallest write with a key and without."""
    server = bench.our_server()
    targets = [Target(server, call) for call in (WRITE_ONCE, WRITE, WRITE_ONCE_BY_HAND)]
    yield compare(bench, *targets, reading=seconds_each, count=500)


def webhooks(path: str, changing: str) -> Callable[[Bench], AbstractContextManager[Sides]]:
    """Return the comparison of a webhook with a bare insert of the same bodies."""

    @contextmanager
    def intake(bench: Bench) -> Iterator[Sides]:
        ours = Call(f"/api/v1/{path}", method="POST", changing=changing)
        bare = Call("/bodies", method="POST", changing=changing)
        floor = Call(f"/{changing}", method="POST", changing=changing)
        hand = bench.yardstick("intake_by_hand:app")
        targets = [Target(bench.our_server(), ours), Target(hand, bare), Target(hand, floor)]
        for target in (targets[0], targets[2]):
            check_refusal(bench, target, status=400, headers=unsigned())
        assert json.loads(send(bench, targets[0]).body)["data"]["outcome"] == "applied"
        yield compare(bench, *targets, same=None, count=500)

    return intake


def unsigned() -> dict[str, str]:
    """Return headers with wrong signatures of this second."""
    now = str(int(time()))
    wrong = {"Paddle-Signature": f"ts={now};h1=00", "svix-id": "msg_1", "svix-timestamp": now}
    return wrong | {"svix-signature": "v1,AAAA"}


@contextmanager
def rate_limit(bench: Bench) -> Iterator[Sides]:
    """Compare a plain route with a limit and without."""
    server = bench.our_server()
    targets = [Target(server, call) for call in (LIMITED, READ, LIMITED_BY_HAND)]
    yield compare(bench, *targets, reading=seconds_each)


PADDLE = webhooks("paddle/webhooks", "paddle_events")
RESEND = webhooks("resend/webhooks", "resend_events")
MEASURES = [
    Measure(
        "write with an idempotency key",
        "seconds: one INSERT with a key / the same route without",
        at_most(1.6),
        idempotency_key,
    ),
    Measure(
        "webhook of Paddle",
        "events per second: verified, stored and applied / a bare insert of the body",
        at_least(0.3),
        PADDLE,
        states=[State.EVERYTHING_ON],
    ),
    Measure(
        "webhook of Resend",
        "events per second: verified, stored and applied / a bare insert of the body",
        at_least(0.3),
        RESEND,
        states=[State.EVERYTHING_ON],
    ),
    Measure(
        "rate limit in Redis",
        "seconds: a plain route with a limit / the same route without",
        at_most(2.5),
        rate_limit,
        states=[State.EVERYTHING_ON],
    ),
    Measure(
        "rate limit in the process",
        "seconds: a plain route with a limit / the same route without",
        None,
        rate_limit,
        states=[State.NOTHING_ON],
    ),
]
