import pytest
from fastapi import APIRouter

from app.core.routing import Router
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
