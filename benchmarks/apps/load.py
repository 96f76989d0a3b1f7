"""A load generator: keep-alive connections that send a number of requests.

    python load.py PORT '{"method": "GET", "path": "/plain", "count": 1000, …}'

Prints JSON: the seconds in all, the median latency in seconds, and the first body. It parses as
little as possible, so that it costs less than the servers that it measures, and makes the requests
before it starts the clock. A response with another status than the expected one ends it.
"""

import asyncio
import json
import statistics
import sys
from collections.abc import Iterator
from importlib import import_module
from time import perf_counter
from typing import Any, cast


class Client(asyncio.Protocol):
    """One connection; sends the next request when a response is complete."""

    def __init__(self, requests: Iterator[bytes], status: bytes, latencies: list[float]) -> None:
        """Take the requests of all clients, the expected status line and the list of latencies."""
        self.requests = requests
        self.status = status
        self.latencies = latencies
        self.received = b""
        self.first = b""
        self.sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's is not a subclass

    def send(self) -> None:
        """Send the next request and note the time, or end."""
        request = next(self.requests, None)
        if request is None:
            self.done.set_result(None)
            return
        self.sent_at = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Receive part of a response; send the next request once it is complete."""
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank or len(body) < content_length(head):
            return
        if not head.startswith(self.status):
            self.done.set_exception(RuntimeError(self.received.decode(errors="replace")))
            return
        self.latencies.append(perf_counter() - self.sent_at)
        self.first = self.first or body
        self.received = b""
        self.send()

    def connection_lost(self, _: Exception | None) -> None:
        """Report a connection that the server has closed."""
        if not self.done.done():
            self.done.set_exception(RuntimeError("the server closed the connection"))


def content_length(head: bytes) -> int:
    """Return the length of the body, from the response's head."""
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


def make_requests(call: dict[str, Any]) -> Iterator[bytes]:
    """Yield the bytes of each request."""
    parts = getattr(import_module("changing"), call["changing"])() if call["changing"] else None
    for _ in range(call["count"]):
        headers, body = next(parts) if parts else ({}, call["body"].encode())
        headers = {"Host": "localhost", **call["headers"], **headers}
        if call["method"] != "GET":
            headers |= {"Content-Type": "application/json", "Content-Length": len(body)}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        start = f"{call['method']} {call['path']} HTTP/1.1"
        yield "\r\n".join([start, *lines, "", ""]).encode() + body


async def measure(port: int, call: dict[str, Any]) -> dict[str, object]:
    """Send every request, and return the figures."""
    requests = iter(list(make_requests(call)))
    latencies: list[float] = []
    status = f"HTTP/1.1 {call['status']}".encode()
    loop = asyncio.get_running_loop()
    clients = [Client(requests, status, latencies) for _ in range(call["connections"])]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
    started = perf_counter()
    for client in clients:
        client.send()
    await asyncio.gather(*(client.done for client in clients))
    elapsed = perf_counter() - started
    body = next(client.first for client in clients if client.first)
    median = statistics.median(latencies)
    return {"seconds": elapsed, "median": median, "body": body.decode()}


def main() -> None:
    """Read the command line, measure, print."""
    measured = measure(int(sys.argv[1]), json.loads(sys.argv[2]))
    try:
        import uvloop  # noqa: PLC0415 - optional  # pyrefly: ignore[missing-import] optional
    except ImportError:
        result = asyncio.run(measured)
    else:
        result = uvloop.run(measured)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
