"""A load generator: keep-alive connections that repeat the same request.

    python load.py PORT PATH CONNECTIONS SECONDS

Prints JSON: responses per second, and the median latency in milliseconds. It parses as little as
possible, so that it costs less than the servers that it measures.
"""

import asyncio
import json
import statistics
import sys
from time import perf_counter
from typing import cast


class Client(asyncio.Protocol):
    """One connection; sends the next request when a response is complete."""

    def __init__(self, request: bytes, latencies: list[float]) -> None:
        """Take the request to send and the list to write latencies to, in seconds."""
        self.request = request
        self.latencies = latencies
        self.received = b""
        self.sent_at = 0.0
        self.failure: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's is not a subclass
        self.send()

    def send(self) -> None:
        """Send a request and note the time."""
        self.sent_at = perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Receive part of a response; send the next request once it is complete."""
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank or len(body) < content_length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.failure = self.received.decode(errors="replace")
            self.transport.close()
            return
        self.latencies.append(perf_counter() - self.sent_at)
        self.received = b""
        self.send()


def content_length(head: bytes) -> int:
    """Return the length of the body, from the response's head."""
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])


async def measure(port: int, path: str, *, connections: int, seconds: float) -> dict[str, float]:
    """Return the throughput and the median latency of a path."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    clients = [Client(request, latencies) for _ in range(connections)]
    started = perf_counter()
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
    await asyncio.sleep(seconds)
    elapsed, answers = perf_counter() - started, len(latencies)
    for client in clients:
        client.transport.abort()
        if client.failure:
            sys.exit(f"{path} answered:\n{client.failure}")
    return {"per_second": answers / elapsed, "median_ms": statistics.median(latencies) * 1000}


def main() -> None:
    """Read the command line, measure, print."""
    port, path, connections, seconds = sys.argv[1:]
    measured = measure(int(port), path, connections=int(connections), seconds=float(seconds))
    try:
        import uvloop  # noqa: PLC0415 - optional  # pyrefly: ignore[missing-import] optional
    except ImportError:
        result = asyncio.run(measured)
    else:
        result = uvloop.run(measured)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
