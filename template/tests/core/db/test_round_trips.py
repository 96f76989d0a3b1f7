"""The calls that wait for the database in each kind of request, in order; no wall time.

A line more in a list costs every request of that kind a round trip. The tests of an integration
declare those of its webhooks.
"""

from typing import Annotated, Literal
from uuid import UUID, uuid4

import pytest
from fastapi import Body, Depends, FastAPI, Query
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.models import User
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import ListQuery, Orders, Router, paginate
from app.core.db import ReadSession
from app.core.guards import Idempotent
from app.main import create_app
from app.settings import Settings
from tests.accounts.notes import Note, NoteBase
from tests.conftest import FAST_PASSWORDS, ClientFor, SentBy

AUTHENTICATION = "SELECT sessions"
ROUND_TRIPS: dict[str, list[str]] = {
    "plain JSON": [],
    "public row": ["SELECT users"],
    "own row": [AUTHENTICATION, "SELECT probe_notes"],
    "own list": [AUTHENTICATION, "SELECT probe_notes"],
    "write": [AUTHENTICATION, "BEGIN", "INSERT probe_notes", "COMMIT"],
    "write with a key": [
        AUTHENTICATION,
        "BEGIN",
        "INSERT idempotency_keys",  # locks and claims the key
        "INSERT probe_notes",
        "UPDATE idempotency_keys",
        "COMMIT",
    ],
    "write again with a key": [
        AUTHENTICATION,
        "BEGIN",
        "INSERT idempotency_keys",
        "SELECT idempotency_keys",
        "COMMIT",
    ],
}
router = Router(prefix="/kinds")


class NoteQuery(ListQuery):
    sort: Annotated[Literal["id"], Orders(id=[Note.id])] = "id"


@router.get("/plain")
async def read_plain() -> str:
    return "fine"


@router.get("/public-row")
async def read_public_row(session: ReadSession) -> str | None:
    email: str | None = await session.scalar(select(User.email).limit(1))
    return email


@router.get("/own-row/{note_id}")
async def read_own_row(session: OwnReadSession, note_id: UUID) -> str | None:
    text: str | None = await session.scalar(select(Note.text).where(Note.id == note_id))
    return text


@router.get("/own-list")
async def list_own_rows(session: OwnReadSession, query: Annotated[NoteQuery, Query()]) -> int:
    page = await paginate(session, select(Note.id, Note.text), query)
    return len(page.data)


@router.post("/write")
async def write(session: OwnSession, text: Annotated[str, Body()]) -> UUID:
    note = Note(text=text)
    session.add(note)
    await session.flush()
    return note.id


@router.post("/write-once", dependencies=[Depends(Idempotent())])
async def write_once(session: OwnSession, text: Annotated[str, Body()]) -> UUID:
    return await write(session, text)


@pytest.fixture
async def ada(
    settings: Settings, client_for: ClientFor, committed_database: AsyncEngine
) -> AsyncClient:
    async with committed_database.begin() as connection:
        await connection.run_sync(NoteBase.metadata.create_all, checkfirst=False)
    app: FastAPI = create_app(settings, FAST_PASSWORDS)
    app.include_router(router)
    headers = (await client_for("ada@example.com")).headers
    return AsyncClient(transport=ASGITransport(app), base_url="http://test", headers=headers)


@pytest.mark.parametrize("kind", ROUND_TRIPS)
async def test_a_request_waits_for_the_database_as_often_as_declared(
    ada: AsyncClient, sent_by: SentBy, kind: str
) -> None:
    note_id = (await ada.post("/kinds/write", json="first")).json()
    key = {"Idempotency-Key": str(uuid4())}
    kinds = {
        "plain JSON": ("GET", "plain", None),
        "public row": ("GET", "public-row", None),
        "own row": ("GET", f"own-row/{note_id}", None),
        "own list": ("GET", "own-list", None),
        "write": ("POST", "write", None),
        "write with a key": ("POST", "write-once", None),
        "write again with a key": ("POST", "write-once", key),
    }
    method, path, headers = kinds[kind]

    async def send() -> None:
        given = headers or {"Idempotency-Key": str(uuid4())}
        body = None if method == "GET" else "text"
        (await ada.request(method, f"/kinds/{path}", json=body, headers=given)).raise_for_status()

    for _ in range(2):
        await send()  # prepares the statements of this connection, those of a repetition too
    assert await sent_by(send) == ROUND_TRIPS[kind]
