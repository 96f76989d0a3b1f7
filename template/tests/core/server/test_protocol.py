import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.core.server.raw_clients import connected, error_of, receive_all, send_all
from tests.serving import Server, serving

SERVICE = """
from app.core.server.connections import ConnectionTable
from app.core.server.settings import ServerSettings
from app.core.services import provide
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        with provide(ConnectionTable, ConnectionTable(ServerSettings())):
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
        return
    length = 0
    if scope["path"] == "/echo":
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                print("disconnected", flush=True)
                return
            length += len(message["body"])
            more = message["more_body"]
    body = b"x" * 50_000_000 if scope["path"] == "/large" else b"%d" % length
    assert b"x-trailer" not in dict(scope["headers"])
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})
def create_app():
    return app
"""
SETTINGS = {
    "HEADER_TIMEOUT_SECONDS": "0.5",
    "BODY_TIMEOUT_SECONDS": "0.3",
    "BODY_MIN_BYTES_PER_SECOND": "100",
    "KEEP_ALIVE_SECONDS": "0",
    "MAX_CONNECTIONS": "50",
    "MAX_CONNECTIONS_PER_ADDRESS": "20",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
}
GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: test\r\n"
KIB = 1024
MEMORY_GROWTH_KIB = 16 * KIB


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with serving(SERVICE, folder=folder, environment=SETTINGS) as server:
        yield server


def memory_of(server: Server) -> int:
    """Return the resident memory of the server, in KiB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def exchange(server: Server, *parts: bytes) -> bytes:
    """Send parts on a new connection, and return everything until the server closes it."""
    with connected(server.address) as connection:
        send_all(connection, parts)
        return receive_all(connection)


ENDLESS = {
    "a header line": (431, "headers_too_large", GET[:-2] + b"X: ", b"a" * 8 * KIB),
    "header lines": (431, "headers_too_large", GET[:-2], b"X-Header: value\r\n" * 500),
    "a name of a header": (431, "headers_too_large", GET[:-2], b"a" * 8 * KIB),
    "a URL": (414, "url_too_long", b"GET /", b"a" * 8 * KIB),
    "a query": (414, "url_too_long", b"GET /?", b"a=b&" * 2 * KIB),
    "a method": (400, "malformed_request", b"", b"G" * 8 * KIB),
    "blank lines": (431, "headers_too_large", b"", b"\r\n" * 4 * KIB),
}


@pytest.mark.parametrize(("status", "code", "start", "part"), ENDLESS.values(), ids=ENDLESS)
def test_an_endless_head_is_refused_and_uses_no_memory(
    status: int, code: str, start: bytes, part: bytes, server: Server
) -> None:
    before = memory_of(server)
    with connected(server.address) as connection:
        sent = send_all(connection, [start, *itertools.repeat(part, 30)])
        assert error_of(receive_all(connection)) == (status, code)
        assert sent >= 30 * len(part)  # it is read until the client has seen the error
    assert memory_of(server) - before < MEMORY_GROWTH_KIB


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (b"5\r\nhello\r\n0\r\nX-Trailer: ", b"a" * 8 * KIB),
        (b"5\r\nhello\r\n0\r\n", b"X-Trailer: value\r\n" * 500),
        (b"5\r\nhello\r\n5;name=", b"a" * 8 * KIB),
    ],
    ids=["a trailer", "trailers", "an extension of a chunk"],
)
def test_an_endless_line_within_a_body_is_refused(
    start: bytes, part: bytes, server: Server
) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    response = exchange(server, head, start, *[part] * 30)
    assert error_of(response) == (431, "headers_too_large")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"a" * 8191), None),
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"a" * 8192), (414, "url_too_long")),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n", None),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", (431, "headers_too_large")),
        (b"GET / HTTP/1.1\r\nA: %b\r\n\r\n" % (b"b" * 32_767), None),
        (b"GET / HTTP/1.1\r\nA: %b\r\n\r\n" % (b"b" * 32_768), (431, "headers_too_large")),
    ],
    ids=["URL", "longer URL", "headers", "more headers", "bytes", "more bytes"],
)
def test_the_limits_are_exact(
    request_: bytes, expected: tuple[int, str] | None, server: Server
) -> None:
    response = exchange(server, request_)
    if expected is None:
        assert response.startswith(b"HTTP/1.1 200 ")
    else:
        assert error_of(response) == expected


def test_headers_in_two_parts_have_the_same_limit(server: Server) -> None:
    with connected(server.address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nA: %b" % (b"b" * 40_000))
        time.sleep(0.1)
        connection.sendall(b"\r\n\r\n")
        assert error_of(receive_all(connection)) == (431, "headers_too_large")


def test_a_head_at_a_byte_a_time_is_refused_in_time(server: Server) -> None:
    def slowly() -> Iterator[bytes]:
        for byte in itertools.cycle(GET[:-2] + b"X: " + b"a" * 10_000):
            time.sleep(0.03)
            yield bytes([byte])

    with connected(server.address) as connection:
        started = time.monotonic()
        send_all(connection, itertools.islice(slowly(), 35))
        assert error_of(receive_all(connection)) == (408, "request_timeout")
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("sent", [b"", b"\r\n", GET], ids=["nothing", "a blank line", "a request"])
def test_a_silent_connection_is_closed(sent: bytes, server: Server) -> None:
    started = time.monotonic()
    response = exchange(server, sent)
    assert response.count(b"HTTP/1.1 ") == bool(sent.strip())
    assert time.monotonic() - started < 5


def test_a_silent_body_is_refused_and_the_application_told(server: Server) -> None:
    response = exchange(server, POST, b"Content-Length: 1000\r\n\r\n", b"half")
    assert error_of(response) == (408, "request_timeout")
    server.read_until("disconnected")


def test_a_body_below_the_minimum_rate_is_refused(server: Server) -> None:
    def slowly() -> Iterator[bytes]:
        yield POST + b"Content-Length: 1000\r\n\r\n"
        for _ in range(30):
            time.sleep(0.03)
            yield b"a"

    assert error_of(exchange(server, *slowly()))[0] == 408


def test_a_body_that_is_slow_but_steady_is_accepted(server: Server) -> None:
    def steadily() -> Iterator[bytes]:
        yield POST + b"Content-Length: 300\r\n\r\n"
        for _ in range(15):
            time.sleep(0.04)
            yield b"a" * 20

    assert exchange(server, *steadily()).endswith(b"\r\n\r\n300")


def test_a_client_that_reads_nothing_is_disconnected(server: Server) -> None:
    before = memory_of(server)
    with connected(server.address) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nConnection: close\r\n\r\n")
        deadline = time.monotonic() + 20
        time.sleep(0.5)
        while memory_of(server) - before > MEMORY_GROWTH_KIB:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize(
    "garbage", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
)
def test_garbage_after_requests_never_replaces_a_response(garbage: bytes, server: Server) -> None:
    assert error_of(exchange(server, garbage)) == (400, "malformed_request")
    responses = exchange(server, GET * 3 + garbage)
    assert responses.count(b"HTTP/1.1 ") == responses.count(b"HTTP/1.1 200 ") >= 1


def test_pipelined_requests_are_served_in_order(server: Server) -> None:
    requests = [POST + b"Content-Length: %d\r\n\r\n" % size + b"a" * size for size in range(20)]
    responses = exchange(server, b"".join(requests)).split(b"HTTP/1.1 200 OK")
    bodies = [part.partition(b"\r\n\r\n")[2] for part in responses[1:]]
    assert bodies == [b"%d" % size for size in range(20)]


def test_trailers_never_become_headers(server: Server) -> None:
    body = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: value\r\n\r\n"
    assert exchange(server, POST + body).endswith(b"\r\n\r\n5")


def test_connections_without_requests_make_room_for_new_ones(server: Server) -> None:
    with ExitStack() as idle:
        connections = [idle.enter_context(connected(server.address)) for _ in range(100)]
        for _ in range(20):
            assert httpx2.get(server.address).status_code == 200
        connections[0].settimeout(1)
        assert receive_all(connections[0]) == b""  # closed, well before it was late


def test_one_address_has_a_share_of_the_connections(tmp_path: Path) -> None:
    settings = SETTINGS | {"FORWARDED_ALLOW_IPS": "192.0.2.1"}
    with serving(SERVICE, folder=tmp_path, environment=settings) as server, ExitStack() as idle:
        for _ in range(20):
            idle.enter_context(connected(server.address))
        assert error_of(exchange(server, GET)) == (503, "too_many_connections")
        idle.close()
        time.sleep(0.2)
        assert httpx2.get(server.address).status_code == 200
