"""Requests are measured only if every side gives the expected response."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import CalledProcessError, check_output
from typing import Any, cast

import pytest

from benchmarks.requests import Call, Target, check_refusal, compare, cpu_seconds, send, shape
from benchmarks.serving import APPS, Bench, Server


class LocalBench:
    """A bench that runs its programs in the environment of the tests."""

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of `apps/`."""
        return check_output([sys.executable, str(APPS / program), *arguments], text=True)


BENCH = cast("Bench", LocalBench())
TOKEN = {"Authorization": "right"}
ROW = {"data": {"id": 1, "tags": ["a"]}}


class Handler(BaseHTTPRequestHandler):
    """Responds with the row, or with 401 without a token."""

    protocol_version = "HTTP/1.1"
    body: Any = ROW

    def do_GET(self) -> None:
        """Respond."""
        self.seen(self.path)
        content = json.dumps(self.body).encode()
        self.send_response(200 if self.headers["Authorization"] == "right" else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def seen(self, path: str) -> None:
        """Note a request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
        """Write nothing."""


@contextmanager
def serving(body: object = ROW, seen: Callable[[str], None] = lambda _: None) -> Iterator[Target]:
    """Serve a body, and yield the call that gets it."""
    handler = type("Of", (Handler,), {"body": body, "seen": lambda _, path: seen(path)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield Target(Server(1, server.server_port), Call("/", headers=TOKEN))
        finally:
            server.shutdown()


def test_every_request_is_sent_and_every_response_awaited() -> None:
    seen: list[str] = []
    with serving(seen=seen.append) as target:
        sent = send(BENCH, target, count=50, connections=3)
    assert seen == ["/"] * 50
    assert json.loads(sent.body) == ROW
    assert 0 < sent.median < sent.seconds


def test_another_status_ends_the_benchmark() -> None:
    with serving() as target:
        wrong = target._replace(call=Call("/"))
        with pytest.raises(CalledProcessError):
            send(BENCH, wrong)


def test_a_side_that_does_other_work_is_an_error() -> None:
    with serving() as ours, serving({"data": {"id": 2, "tags": ["a"]}}) as other:
        compare(BENCH, ours, other, same=shape)
        with pytest.raises(ValueError, match="not the same work"):
            compare(BENCH, ours, other)


def test_a_floor_that_does_other_work_is_an_error() -> None:
    raised = pytest.raises(ValueError, match="not the same work")
    with serving() as ours, serving({"data": None}) as other, raised:
        compare(BENCH, ours, ours, other)


def test_a_side_that_refuses_nothing_is_an_error() -> None:
    with serving() as target:
        check_refusal(BENCH, target, status=401, headers={"Authorization": "wrong"})
        with pytest.raises(CalledProcessError):
            check_refusal(BENCH, target, status=401)


def test_the_shape_of_a_body_has_names_and_types_only() -> None:
    assert shape({"id": 7, "rows": [1, "a", None]}) == {
        "id": "int",
        "rows": ["int", "str", "NoneType"],
    }


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is needed")
def test_the_cpu_time_of_a_process_is_read() -> None:
    before = cpu_seconds(1)
    assert before is not None
    assert before >= 0
    assert cpu_seconds(2**30) is None
