"""Every failure is the error envelope, and none of them shows the inside."""

import io
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from app.core.api import RequestModel, ResponseModel
from app.core.api.exception_handlers import EXCEPTION_HANDLERS
from app.core.db import Session
from app.core.errors import AppError, Conflict, ErrorDetail
from tests.core.conftest import Logged, Serve

SECRET = "hunter2"
JSON = {"content-type": "application/json"}


class Note(RequestModel):
    title: Annotated[str, Field(max_length=5)]
    tags: tuple[int, ...] = ()


class Strict(ResponseModel):
    number: int


class Failed(AppError):
    """A failure of the tests."""

    status = 418
    code = "failed"


def error_of(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == answer.headers["x-request-id"]
    return error


router = APIRouter()


@router.post("/notes")
async def add_note(note: Note) -> str:
    return note.title


@router.get("/notes")
async def list_notes(limit: Annotated[int, Query(le=10)]) -> int:
    return limit


@router.post("/raw")
async def read_raw(request: Request) -> int:
    return len(await request.body())


@router.get("/app-error")
async def raise_app_error() -> None:
    detail = ErrorDetail(field="query.x", code="odd", message="It is odd.")
    raise Failed("It failed.", details=[detail], headers={"X-Why": "test"})


@router.get("/http/{status}")
async def raise_http_error(status: int, words: str | None = None) -> None:
    raise HTTPException(status, words, headers={"X-Why": "test"})


@router.get("/dict")
async def raise_with_dict() -> None:
    raise HTTPException(409, {"inside": SECRET})


@router.get("/unexpected")
async def raise_unexpected() -> None:
    raise RuntimeError(SECRET)


@router.get("/time-out")
async def time_out() -> None:
    raise TimeoutError(SECRET)


@router.get("/model", response_model=Strict)
async def answer_wrongly() -> Any:
    return {"number": SECRET}


class Unloaded:
    @property
    def number(self) -> int:
        raise LookupError(SECRET)


@router.get("/unloaded", response_model=Strict)
async def answer_unloaded() -> Any:
    return Unloaded()


@router.get("/half")
async def break_off() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError(SECRET)

    return StreamingResponse(parts())


@pytest.fixture
def client(serve: Serve) -> httpx2.AsyncClient:
    nested = APIRouter(prefix="/probes/v1")
    nested.include_router(router)
    return serve(router, nested)


async def test_an_unknown_path_is_404(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "OPTIONS"])
async def test_another_method_is_405_and_names_those_that_are_taken(
    client: httpx2.AsyncClient, method: str
) -> None:
    answer = await client.request(method, "/probes/v1/notes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert "x-request-id" in answer.headers
    if method != "HEAD":  # its answer has no body
        assert error_of(answer)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "body", [b'{"title": ', b'{"title": "\xff"}', b"[" * 100_000], ids=["cut", "bytes", "deep"]
)
async def test_a_body_that_is_no_json_is_400(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/notes", content=body, headers=JSON)
    assert (answer.status_code, error_of(answer)["code"]) == (400, "malformed_json")


async def test_another_media_type_is_415(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/notes", content=b"title=x", headers={"content-type": "text/plain"})
    assert (answer.status_code, error_of(answer)["code"]) == (415, "unsupported_media_type")


async def test_invalid_input_is_422_with_places_and_without_the_input(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.post("/notes", json={"title": SECRET, "tags": [1, "hunter2"]})
    assert answer.status_code == 422
    error = error_of(answer)
    assert error["code"] == "validation_failed"
    assert [(part["field"], part["code"]) for part in error["details"]] == [
        ("body.title", "string_too_long"),
        ("body.tags.1", "int_parsing"),
    ]
    assert SECRET not in answer.text


async def test_a_parameter_out_of_bounds_is_422(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/notes", params={"limit": 11})
    assert answer.status_code == 422
    assert error_of(answer)["details"][0]["field"] == "query.limit"


async def test_very_many_problems_are_cut_short(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/notes", json={"title": "x", "tags": ["x"] * 5000})
    assert answer.status_code == 422
    assert len(error_of(answer)["details"]) == 100


async def test_a_field_name_that_is_no_text_is_refused_too(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/notes", content=b'{"title": "x", "\\ud800": 1}', headers=JSON)
    assert answer.status_code == 422
    assert error_of(answer)["code"] == "validation_failed"


async def test_an_app_error_brings_its_code_details_and_headers(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/app-error")
    assert (answer.status_code, answer.headers["x-why"]) == (418, "test")
    error = error_of(answer)
    assert (error["code"], error["message"]) == ("failed", "It failed.")
    assert error["details"] == [{"field": "query.x", "code": "odd", "message": "It is odd."}]


async def test_an_http_exception_keeps_its_own_words(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/http/409", params={"words": "Not twice."})
    assert (answer.status_code, answer.headers["x-why"]) == (409, "test")
    error = error_of(answer)
    assert (error["code"], error["message"]) == ("conflict", "Not twice.")


async def test_an_http_exception_without_words_gets_some(client: httpx2.AsyncClient) -> None:
    assert error_of(await client.get("/http/409"))["message"] == "Conflict."


async def test_a_detail_that_is_no_text_is_left_out(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/dict")
    assert error_of(answer)["message"] == "Conflict."
    assert SECRET not in answer.text


async def test_a_status_without_a_name_is_answered_all_the_same(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/http/499", params={"words": "Gone."})
    assert (answer.status_code, error_of(answer)["message"]) == (499, "Gone.")


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_that_has_no_body_gets_none(client: httpx2.AsyncClient, status: int) -> None:
    answer = await client.get(f"/http/{status}")
    assert (answer.status_code, answer.content) == (status, b"")


async def test_an_unexpected_error_shows_only_its_request_id(
    client: httpx2.AsyncClient, logged: Logged
) -> None:
    answer = await client.get("/unexpected")
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal_error")
    assert SECRET not in answer.text
    assert logged("request_failed")[0]["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/model", "int_parsing"), ("/unloaded", "cannot be read (LookupError)")],
)
async def test_an_answer_that_breaks_its_model_is_500_and_logged_without_values(
    client: httpx2.AsyncClient, logged: Logged, log_stream: io.StringIO, path: str, problem: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal_error")
    line = logged("response_validation_failed")[0]
    assert line["problems"] == [f"response.number: {problem}"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert SECRET not in answer.text + log_stream.getvalue()


async def test_a_time_out_is_503(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/time-out")
    assert (answer.status_code, error_of(answer)["code"]) == (503, "timed_out")
    assert "retry-after" in answer.headers
    assert SECRET not in answer.text


async def test_a_handler_that_fails_itself_is_500(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_request: Request, _error: Exception) -> Response:
        raise RuntimeError(SECRET)

    monkeypatch.setitem(EXCEPTION_HANDLERS, AppError, fail)
    answer = await serve(router).get("/app-error")
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal_error")
    assert SECRET not in answer.text


async def test_an_error_after_the_answer_began_breaks_it_off(serve: Serve, logged: Logged) -> None:
    client = serve(router, raising=True)
    with pytest.raises(RuntimeError, match=SECRET):
        await client.get("/half")
    assert logged("request")[0]["status"] == 500


async def test_an_error_in_a_route_that_has_a_session_is_the_same(
    serve: Serve, session: Session
) -> None:
    router = APIRouter()

    @router.get("/conflict")
    async def raise_conflict(session: Session) -> None:
        assert session
        raise Conflict

    assert session
    assert error_of(await serve(router).get("/conflict"))["code"] == "conflict"


async def test_a_handler_of_a_status_handles_what_an_endpoint_raises(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pour(request: Request, error: HTTPException) -> Response:
        return Response(f"{request.url.path} {error.status_code}", error.status_code)

    teapot = APIRouter()

    @teapot.get("/teapot")
    async def brew() -> None:
        raise HTTPException(418)

    monkeypatch.setitem(EXCEPTION_HANDLERS, 418, pour)
    answer = await serve(teapot).get("/teapot")
    assert (answer.status_code, answer.text) == (418, "/teapot 418")


async def test_no_handler_hides_an_unexpected_error_from_the_log(
    serve: Serve, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hide(_request: Request, _error: Exception) -> Response:
        return Response("hidden")

    monkeypatch.setitem(EXCEPTION_HANDLERS, Exception, hide)
    broken = APIRouter()

    @broken.get("/broken")
    async def divide() -> float:
        return 1 / 0

    answer = await serve(broken).get("/broken")
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal_error")
    assert logged("request_failed")[0]["error"] == "ZeroDivisionError"
