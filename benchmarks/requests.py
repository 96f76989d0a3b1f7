"""Requests that are measured: the same call of two servers, checked before it is counted."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measures import Figure, Side, Sides
from benchmarks.serving import Bench, Server

CONNECTIONS = 4  # fewer than both pools have, or they would keep opening connections
COUNT = 1000


@dataclass(frozen=True)
class Call:
    """A request, or one of many that differ.

    Attributes:
        path: With the query.
        method: In capitals.
        headers: Besides those of the protocol.
        body: The same in every request.
        changing: The function of `apps/changing.py` that makes headers and bodies.
        status: The expected status; any other ends the benchmark.
    """

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    changing: str | None = None
    status: int = 200


class Target(NamedTuple):
    """A call of a server."""

    server: Server
    call: Call


class Sent(NamedTuple):
    """The figures of requests that were sent."""

    seconds: float
    median: float
    body: str
    cpu: float | None


Reading = Callable[[Sent, int], float]
Form = Callable[[Any], object]


def per_second(sent: Sent, count: int) -> float:
    """Return the responses per second."""
    return count / sent.seconds


def seconds_each(sent: Sent, count: int) -> float:
    """Return the seconds per response."""
    return sent.seconds / count


def median_seconds(sent: Sent, _: int) -> float:
    """Return the median latency."""
    return sent.median


def whole(body: object) -> object:
    """Return a body as it is: both sides respond with the same."""
    return body


def shape(body: object) -> object:
    """Return the names and types in a body, for sides whose values differ."""
    match body:
        case dict():
            return {name: shape(value) for name, value in body.items()}
        case list():
            return [shape(value) for value in body]
        case _:
            return type(body).__name__


def compare(
    bench: Bench,
    service: Target,
    yardstick: Target,
    floor: Target | None = None,
    *,
    reading: Reading = per_second,
    same: Form | None = whole,
    count: int = COUNT,
    connections: int = CONNECTIONS,
) -> Sides:
    """Return the sides of a measure, once all targets have given the same response.

    Args:
        bench: The bench of the servers.
        service: The call of the service.
        yardstick: The same work by hand.
        floor: The least that keeps the guarantees.
        reading: The figure to read.
        same: The part of the bodies that must be equal; `None` compares nothing.
        count: Requests for each figure.
        connections: Connections of the client.

    Raises:
        ValueError: The bodies differ, so the work is not the same.
    """
    targets = [service, yardstick, *([floor] if floor else [])]
    bodies = [send(bench, target).body for target in targets]
    if same and len({json.dumps(same(json.loads(body)), sort_keys=True) for body in bodies}) > 1:
        message = "not the same work:\n" + "\n".join(bodies)
        raise ValueError(message)

    def side(target: Target) -> Side:
        def measure() -> Figure:
            sent = send(bench, target, count=count, connections=connections)
            return Figure(reading(sent, count), sent.cpu and sent.cpu / count)

        return measure

    return Sides(*map(side, targets))


def check_refusal(
    bench: Bench,
    target: Target,
    *,
    status: int,
    path: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Check that a server refuses a call with another path or headers.

    Raises:
        CalledProcessError: It responds with another status, so it does not keep the guarantee.
    """
    call = target.call
    refused = Call(path or call.path, call.method, headers or call.headers, status=status)
    send(bench, Target(target.server, refused))


def send(bench: Bench, target: Target, *, count: int = 1, connections: int = 1) -> Sent:
    """Send a call many times, and return the figures."""
    call = json.dumps(asdict(target.call) | {"count": count, "connections": connections})
    before = cpu_seconds(target.server.process_id)
    sent = json.loads(bench.run("load.py", str(target.server.port), call))
    after = cpu_seconds(target.server.process_id)
    used = after - before if before is not None and after is not None else None
    return Sent(**sent, cpu=used)


def cpu_seconds(process_id: int) -> float | None:
    """Return the CPU seconds that a server and its workers have used, where the system tells."""
    try:
        workers = Path(f"/proc/{process_id}/task/{process_id}/children").read_text("utf-8").split()
        ticks = sum(cpu_ticks(one) for one in (process_id, *workers))
    except OSError:
        return None
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu_ticks(process_id: int | str) -> int:
    """Return the CPU time of one process, in ticks of the system's clock."""
    fields = Path(f"/proc/{process_id}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
