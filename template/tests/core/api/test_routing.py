from typing import cast

import pytest
from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute, _EffectiveRouteContext
from starlette.routing import Match
from starlette.types import Scope

from app.core.api import Router
from app.core.api.routing import Guard, guards_of, matched_route
from app.core.guards import RateLimit
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


async def test_of_the_routes_of_all_routers_the_one_that_fits_is_matched_once(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    matched: list[str] = []
    match = _EffectiveRouteContext.matches

    def count_match(self: _EffectiveRouteContext, scope: Scope) -> tuple[Match, Scope]:
        matched.append(self.path)
        return match(self, scope)

    monkeypatch.setattr(_EffectiveRouteContext, "matches", count_match)
    client = serve(notebooks_router(), notes_router())
    assert (await client.get("/probes/v1/notes")).json() == "list"
    assert matched == ["/probes/v1/notes"]


async def test_a_guard_without_dependencies_is_called_in_front_of_its_endpoint(
    serve: Serve,
) -> None:
    router, limit = Router(prefix="/limited"), RateLimit("3/minute")
    seen: list[Guard] = []

    @router.get("", dependencies=[Depends(limit)])
    async def read_limited(request: Request) -> int:
        route = matched_route(request.scope)
        seen.extend(guards_of(route))
        return len(cast("APIRoute", route).dependant.dependencies)

    response = await serve(router).get("/limited")
    assert (response.json(), seen) == (0, [limit])
    assert response.headers["ratelimit"] == '"read_limited";r=2;t=20'


async def test_an_endpoint_that_is_no_coroutine_keeps_its_guards(serve: Serve) -> None:
    router = Router(prefix="/limited")
    router.get("", dependencies=[Depends(RateLimit("1/minute"))])(lambda: "fine")
    client = serve(router)
    assert [(await client.get("/limited")).status_code for _ in range(2)] == [200, 429]


async def test_a_path_may_have_its_methods_in_several_routers(serve: Serve) -> None:
    writing = Router(prefix="/probes/v1/notes")

    @writing.post("")
    async def create_note() -> str:
        return "created"

    assert (await serve(notes_router(), writing).post("/probes/v1/notes")).json() == "created"
