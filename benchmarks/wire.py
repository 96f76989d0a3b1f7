"""A blocking HTTP client that costs next to nothing: one keep-alive connection, prepared requests.

connection = Connection(port)
connection.send(encode("GET", "/plain"), expect=200)
"""

import json
import socket
from collections.abc import Mapping, Sequence
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple, Self

from benchmarks.requests import cpu_seconds
from benchmarks.serving import Server

BLOCK = 1 << 20
SECONDS = 60


class UnexpectedResponse(Exception):
    """A response with another status than expected; the message contains it."""


def encode(
    method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of a request.

    Args:
        method: The method, such as `GET`.
        path: The path with its query.
        body: Bytes, or a value to send as JSON.
        headers: Further headers.
    """
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if content:
        lines += [f"Content-Length: {len(content)}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Connection:
    """One keep-alive connection; use it as a context manager."""

    def __init__(self, port: int) -> None:
        """Connect to a server of this machine."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, request: bytes, *, expect: int = 200) -> bytes:
        """Send a request and return the body of the response.

        Raises:
            UnexpectedResponse: The status is another one, or the connection was closed.
        """
        self._socket.sendall(request)
        head, body = self._receive()
        if int(head[9:12]) != expect:
            sent = request.partition(b"\r\n")[0].decode()
            raise UnexpectedResponse(f"{sent}\n{head.decode()}\n\n{body.decode()}")
        return body

    def read(self, request: bytes) -> dict[str, Any]:
        """Send a request and return the envelope of the response."""
        envelope: dict[str, Any] = json.loads(self.send(request))
        return envelope

    def _receive(self) -> tuple[bytes, bytes]:
        received = b""
        while True:
            block = self._socket.recv(BLOCK)
            received += block
            head, blank, body = received.partition(b"\r\n\r\n")
            if blank and len(body) >= _content_length(head):
                return head, body
            if not block:
                raise UnexpectedResponse(f"the connection was closed after {received!r}")


def _content_length(head: bytes) -> int:
    """Return the length of the body, from the head of a response."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


class Spent(NamedTuple):
    """The time of some requests: seconds, and CPU seconds of the server if they can be read."""

    seconds: float
    cpu: float | None


def send_all(server: Server, requests: Sequence[bytes]) -> Spent:
    """Send requests one after another, each of which must succeed."""
    with Connection(server.port) as connection:
        started, before = perf_counter(), cpu_seconds(server.process_id)
        for request in requests:
            connection.send(request)
        seconds, after = perf_counter() - started, cpu_seconds(server.process_id)
    return Spent(seconds, None if before is None or after is None else after - before)
