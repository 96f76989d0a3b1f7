from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, Request, WebSocket
from starlette.types import Message, Scope

from app.core.middleware.trusted_hosts import TrustedHostMiddleware
from tests.core.conftest import Serve

HOSTS = ("api.example.com", "*.example.org", "[::1]", "127.0.0.1")
ORIGIN = "https://app.example.com"


def receiving_router() -> APIRouter:
    router = APIRouter()

    @router.post("/bodies")
    async def measure(request: Request) -> int:
        return len(await request.body())

    @router.post("/large-bodies")
    async def measure_large(request: Request) -> int:
        request.scope["max_body_bytes"] = 100
        return len(await request.body())

    @router.get("/failing")
    async def fail() -> None:
        raise RuntimeError

    @router.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()

    return router


async def in_parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize(
    "host",
    [
        "api.example.com",
        "API.example.COM:8443",
        "a.example.org",
        "a.b.example.org",
        "[::1]",
        "[::1]:8000",
        "127.0.0.1:8000",
    ],
)
async def test_its_own_hosts_are_answered(serve: Serve, host: str) -> None:
    client = serve(receiving_router(), allowed_hosts=HOSTS)
    answer = await client.post("/bodies", headers={"host": host})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    ["", "example.org", "evil.com", "api.example.com.evil.com", "xexample.org", "[::2]", "a b"],
)
async def test_another_host_is_400(serve: Serve, host: str) -> None:
    client = serve(receiving_router(), allowed_hosts=HOSTS)
    answer = await client.post("/bodies", headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_host")
    assert "x-request-id" in answer.headers


async def test_two_hosts_are_400(serve: Serve) -> None:
    client = serve(receiving_router(), allowed_hosts=HOSTS)
    answer = await client.post("/bodies", headers=[("host", HOSTS[0]), ("host", "evil.com")])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_host")


@pytest.mark.parametrize("hosts", [(), ("*",)])
async def test_without_a_list_or_with_a_star_every_host_is_answered(
    serve: Serve, hosts: tuple[str, ...]
) -> None:
    client = serve(receiving_router(), allowed_hosts=hosts)
    assert (await client.post("/bodies", headers={"host": "any"})).status_code == 200


async def test_health_checks_come_by_any_host(serve: Serve) -> None:
    client = serve(allowed_hosts=HOSTS)
    answer = await client.get("/health/live", headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200


async def test_health_checks_pass_behind_a_path_prefix(serve: Serve) -> None:
    client = serve(allowed_hosts=HOSTS, root_path="/prefix")
    answer = await client.get("/prefix/health/live", headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200


@pytest.mark.parametrize(("host", "passed"), [(b"127.0.0.1", True), (b"evil.com", False)])
async def test_a_websocket_is_checked_too(host: bytes, *, passed: bool) -> None:
    reached: list[str] = []
    sent: list[Message] = []

    async def endpoint(scope: Scope, _receive: object, _send: object) -> None:
        reached.append(scope["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/talk", "headers": [(b"host", host)]}
    await TrustedHostMiddleware(endpoint, allowed=HOSTS)(scope, receive, send)
    assert reached == (["websocket"] if passed else [])
    assert passed or sent[0]["status"] == 400


async def test_an_origin_of_the_list_may_call(serve: Serve) -> None:
    client = serve(receiving_router(), cors_origins=(ORIGIN,))
    preflight = await client.options(
        "/bodies",
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,idempotency-key",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    answer = await client.post("/bodies", headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "name",
    [
        *("X-Request-ID", "traceparent", "tracestate", "baggage", "sentry-trace"),
        *("If-Match", "If-None-Match", "If-Modified-Since", "If-Range", "Range", "X-Client"),
    ],
)
async def test_a_page_may_send_the_headers_of_tracing_and_downloads(
    serve: Serve, method: str, name: str
) -> None:
    client = serve(receiving_router(), cors_origins=(ORIGIN,), cors_headers=("X-Client",))
    asked = {"access-control-request-method": method, "access-control-request-headers": name}
    preflight = await client.options("/bodies", headers={"origin": ORIGIN, **asked})
    assert preflight.status_code == 200


async def test_a_page_can_read_the_headers_of_downloads(serve: Serve) -> None:
    client = serve(receiving_router(), cors_origins=(ORIGIN,))
    exposed = (await client.get("/failing", headers={"origin": ORIGIN})).headers
    names = set(exposed["access-control-expose-headers"].split(", "))
    assert names > {"Accept-Ranges", "Content-Disposition", "Content-Range", "Last-Modified"}


@pytest.mark.parametrize("origins", [(), (ORIGIN,)])
async def test_another_origin_may_not(serve: Serve, origins: tuple[str, ...]) -> None:
    client = serve(receiving_router(), cors_origins=origins)
    headers = {"origin": "https://evil.com", "access-control-request-method": "POST"}
    preflight = await client.options("/bodies", headers=headers)
    answer = await client.post("/bodies", headers=headers)
    assert preflight.status_code in {400, 405}
    for reply in (preflight, answer):
        assert "access-control-allow-origin" not in reply.headers


async def test_a_page_of_the_list_can_read_an_unexpected_error(serve: Serve) -> None:
    client = serve(receiving_router(), cors_origins=(ORIGIN,))
    answer = await client.get("/failing", headers={"origin": ORIGIN})
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_a_body_within_the_limit_is_read(serve: Serve) -> None:
    client = serve(receiving_router(), max_body_bytes=10)
    assert (await client.post("/bodies", content=b"x" * 10)).json() == 10
    assert (await client.post("/bodies", content=in_parts(b"x" * 5, b"x" * 5))).json() == 10


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_larger_body_is_413(serve: Serve, *, chunked: bool) -> None:
    client = serve(receiving_router(), max_body_bytes=10)
    content = in_parts(b"x" * 5, b"x" * 6) if chunked else b"x" * 11
    answer = await client.post("/bodies", content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert "the limit is 10 bytes" in answer.json()["error"]["message"]


async def test_an_announced_body_is_refused_before_it_is_read(serve: Serve) -> None:
    read: list[bytes] = []

    async def content() -> AsyncIterator[bytes]:
        for part in (b"x" * 5, b"x" * 6):
            read.append(part)
            yield part

    client = serve(receiving_router(), max_body_bytes=10)
    headers = {"content-length": "11"}
    answer = await client.post("/bodies", content=content(), headers=headers)
    assert (answer.status_code, read) == (413, [])


async def test_a_route_may_take_more(serve: Serve) -> None:
    client = serve(receiving_router(), max_body_bytes=10)
    assert (await client.post("/large-bodies", content=b"x" * 100)).json() == 100
    assert (await client.post("/large-bodies", content=b"x" * 101)).status_code == 413
