import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import StreamingResponse
from starlette.types import Message

from app.core.middleware.head import HeadMiddleware
from tests.core.conftest import Logged, Serve


def reading_router(read: list[int]) -> APIRouter:
    router = APIRouter()

    @router.get("/notes/{number}")
    async def read_note(number: int) -> str:
        return str(number)

    @router.post("/notes")
    async def create_note() -> None: ...

    @router.get("/export")
    async def export_notes() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(100):
                read.append(number)
                yield b"x"

        return StreamingResponse(parts(), headers={"content-length": "100"})

    return router


@pytest.mark.parametrize("path", ["/notes/1", "/health/live", "/docs", "/openapi.json"])
async def test_head_has_the_headers_of_get_and_no_body(serve: Serve, path: str) -> None:
    client = serve(reading_router([]))
    got, headed = await client.get(path), await client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize(("path", "status"), [("/notes/a", 422), ("/missing", 404)])
async def test_head_of_an_error_has_its_status(serve: Serve, path: str, status: int) -> None:
    assert (await serve(reading_router([])).head(path)).status_code == status


async def test_head_is_allowed_only_where_get_is(serve: Serve) -> None:
    client = serve(reading_router([]))
    refused = await client.head("/notes")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (await client.put("/notes/1")).headers["allow"] == "GET, HEAD"


async def test_head_does_not_read_a_stream_to_its_end() -> None:
    read: list[int] = []
    sent: list[Message] = []
    app = FastAPI()
    app.include_router(reading_router(read))

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client neither sends nor disconnects
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "HEAD",
        "path": "/export",
        "query_string": b"",
        "headers": list[tuple[bytes, bytes]](),
    }
    await HeadMiddleware(app)(scope, receive, send)
    assert (b"content-length", b"100") in sent[0]["headers"]
    assert sent[1:] == [{"type": "http.response.body"}]
    assert read == [0]


async def test_head_is_logged_with_its_method_and_route(serve: Serve, logged: Logged) -> None:
    await serve(reading_router([])).head("/notes/1")
    line = logged("request")[0]
    assert (line["method"], line["route"]) == ("HEAD", "/notes/{number}")
