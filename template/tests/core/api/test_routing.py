import pytest
from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from app.core.api import Router
from tests.core.conftest import Serve


def notes_router() -> APIRouter:
    router = Router(prefix="/probes/v1/notes")

    @router.get("")
    async def list_notes() -> str:
        return "list"

    @router.get("/{note}")
    async def read_note(note: str) -> str:
        return note

    return router


def notebooks_router() -> APIRouter:
    router = Router(prefix="/probes/v1/notebooks")

    @router.get("")
    async def list_notebooks() -> str:
        return "notebooks"

    return router


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/probes/v1/notes", "list"),
        ("/probes/v1/notes/7", "7"),
        ("/probes/v1/notebooks", "notebooks"),
    ],
)
async def test_requests_find_their_router(serve: Serve, path: str, expected: str) -> None:
    answer = await serve(notes_router(), notebooks_router()).get(path)
    assert answer.json() == expected


@pytest.mark.parametrize("path", ["/probes/v1", "/probes/v1/note", "/probes/v1/notesx", "/notes"])
async def test_other_paths_are_404(serve: Serve, path: str) -> None:
    answer = await serve(notes_router(), notebooks_router()).get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/probes/v1/notes/", 307),
        ("POST", "/probes/v1/notes", 405),
        ("DELETE", "/probes/v1/notes/7", 405),
    ],
)
async def test_an_unknown_route_is_answered_as_by_fastapi(
    serve: Serve, method: str, path: str, status: int
) -> None:
    answer = await serve(notes_router(), notebooks_router()).request(method, path)
    assert answer.status_code == status


def a_router(path: str, name: str) -> APIRouter:
    router = APIRouter()

    @router.get(path, name=name)
    async def say_name() -> str:
        return name

    return router


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/{rest:path}", "/probes/v1/notes"], "0"),
        (["/probes/v1/notes", "/{rest:path}"], "0"),
        (["/probes/v1/notes/{note}", "/probes/{rest:path}"], "1"),
        (["/probes/v{version}/notes", "/probes/v1/notes"], "0"),
        (["/probes/v1/notebooks", "/probes/v1/{rest}"], "1"),
    ],
)
async def test_of_two_routes_that_take_a_request_the_first_answers(
    serve: Serve, paths: list[str], expected: str
) -> None:
    routers = [a_router(path, str(place)) for place, path in enumerate(paths)]
    assert (await serve(*routers).get("/probes/v1/notes")).json() == expected


class CountedRouter(Router):
    """Counts how often it is asked whether it takes a request."""

    asked = 0

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        self.asked += 1
        return super().matches(scope)


async def test_routers_of_other_paths_are_not_asked(serve: Serve) -> None:
    other = CountedRouter(prefix="/probes/v1/other")
    other.get("")(lambda: None)
    client = serve(other, notes_router())
    assert (await client.get("/probes/v1/notes")).json() == "list"
    assert other.asked == 0
    await client.get("/probes/v1/other")
    assert other.asked > 0


async def test_a_path_may_have_its_methods_in_several_routers(serve: Serve) -> None:
    writing = Router(prefix="/probes/v1/notes")

    @writing.post("")
    async def create_note() -> str:
        return "created"

    assert (await serve(notes_router(), writing).post("/probes/v1/notes")).json() == "created"
