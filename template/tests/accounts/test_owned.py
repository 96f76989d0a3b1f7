import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import (
    Executable,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.models import User
from app.accounts.owned import (
    ALL_OWNERS,
    OwnerUnknownError,
    get_own_read_session,
    get_own_session,
    owned_by,
)
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.main import create_app
from app.settings import Settings
from tests.accounts.examples import ADA, BOB
from tests.accounts.notes import Folder, Note, NoteBase, Profile, router
from tests.conftest import FAST_PASSWORDS, ClientFor, delete_account

Enter = Callable[[str], Awaitable[httpx2.AsyncClient]]
OTHER = aliased(Note)

STATEMENTS: dict[str, Executable] = {
    "entities": select(Note.text).order_by(Note.text),
    "columns": select(Note.text, Note.id),
    "count of a column": select(func.count(Note.id)),
    "count of rows": select(func.count()).select_from(Note),
    "alias": select(OTHER.text),
    "join": select(Note.text).join(Folder),
    "joined from elsewhere": select(Note.text).select_from(Folder).join(Note),
    "outer join": select(Folder.id, Note.text).outerjoin(Note),
    "self join": select(Note.text).join(OTHER, OTHER.id == Note.id),
    "exists": select(Folder.id).where(exists().where(Note.folder_id == Folder.id)),
    "in": select(Folder.id).where(Folder.id.in_(select(Note.folder_id))),
    "scalar subquery": select(select(func.count(Note.id)).scalar_subquery()),
    "from a subquery": select(select(Note.text).subquery().c.text),
    "common table expression": select(select(Note.text).cte().c.text),
    "union": union_all(select(Note.text), select(Note.text)),
    "core expression": select(literal(1)).where(
        exists(select(literal_column("1")).where(Note.id.is_not(None)))
    ),
    "update": update(Note).values(text="changed").returning(Note.id),
    "delete": delete(Note).returning(Note.id),
    "update elsewhere": update(Folder)
    .where(Folder.id.in_(select(Note.folder_id)))
    .values(id=Folder.id)
    .returning(Folder.id),
}


@pytest.fixture
async def tables(database: AsyncConnection) -> None:
    await database.run_sync(NoteBase.metadata.create_all, checkfirst=False)


@pytest.fixture
async def owners(client_for: ClientFor, session: AsyncSession, tables: None) -> list[UUID]:
    """Two users with a note each in one folder; each note names its owner."""
    assert tables is None
    folder = Folder()
    session.add(folder)
    await session.flush()
    ids = []
    for email in (ADA, BOB):
        await client_for(email)
        owner_id = (await session.scalars(select(User.id).where(User.email == email))).one()
        session.add(Note(owner_id=owner_id, text=email, folder_id=folder.id))
        ids.append(owner_id)
    await session.commit()
    return ids


async def own_session(owner_id: UUID) -> AsyncIterator[AsyncSession]:
    async with AsyncSessionLocal() as session:
        yield await get_own_session(session, user_of(owner_id))
        await session.commit()


def user_of(owner_id: UUID) -> AuthenticatedUser:
    unimportant: Any = None
    return AuthenticatedUser(owner_id, *[unimportant] * 6)


@pytest.fixture
async def enter(settings: Settings, client_for: ClientFor, tables: None) -> Enter:
    """Make a client of a service with the routes of notes, logged in."""
    assert tables is None
    app = create_app(settings, FAST_PASSWORDS)
    app.include_router(router)

    async def client_with_notes(email: str) -> httpx2.AsyncClient:
        known = await client_for(email)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        return httpx2.AsyncClient(
            transport=transport, base_url="http://test", headers=known.headers
        )

    return client_with_notes


async def test_a_row_of_another_user_is_never_found(enter: Enter) -> None:
    ada, bob = await enter(ADA), await enter(BOB)
    note = f"/notes/{(await ada.post('/notes', json='secret')).json()}"
    assert (await bob.get(note)).status_code == 404
    assert (await bob.put(note, json="mine now")).status_code == 404
    assert (await bob.delete(note)).status_code == 404
    assert (await ada.get(note)).json() == "secret"
    assert (await ada.put(note, json="changed")).status_code == 200
    assert (await ada.get(note)).json() == "changed"
    assert (await ada.delete(note)).status_code == 204
    assert (await ada.get(note)).status_code == 404


async def test_a_route_that_forgets_the_owner_fails_and_shows_nothing(
    enter: Enter, log_stream: io.StringIO
) -> None:
    ada = await enter(ADA)
    note_id = (await ada.post("/notes", json="secret")).json()
    failed = await ada.get(f"/notes/forgotten/{note_id}")
    assert failed.status_code == 500
    assert "secret" not in failed.text
    assert "declare OwnSession or OwnReadSession" in log_stream.getvalue()


async def test_a_route_that_only_reads_cannot_write(enter: Enter, log_stream: io.StringIO) -> None:
    ada = await enter(ADA)
    assert (await ada.post("/notes/written-while-reading")).status_code == 500
    assert "WriteInReadSessionError" in log_stream.getvalue()


async def test_a_feature_keeps_a_profile_of_each_user_in_a_table_of_its_own(
    enter: Enter, session: AsyncSession
) -> None:
    ada, bob = await enter(ADA), await enter(BOB)
    for name in ("Ada", "Ada Lovelace"):
        assert (await ada.put("/notes/profiles/mine", json=name)).status_code == 200
    await bob.put("/notes/profiles/mine", json="Bob")
    assert (await ada.get("/notes/profiles/mine")).json() == "Ada Lovelace"
    assert (await delete_account(ada)).status_code == 204
    left = await session.scalars(select(Profile.name).options(ALL_OWNERS))
    assert list(left) == ["Bob"]


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_sees_the_rows_of_the_owner_alone(owners: list[UUID], name: str) -> None:
    seen = []
    for owner_id in (*owners, uuid4()):
        async for session in own_session(owner_id):
            result = await session.execute(STATEMENTS[name])
            seen.append([tuple(row) for row in result])
            await session.rollback()
    of_ada, of_bob, of_nobody = seen
    everything = str(of_ada)
    assert BOB not in everything
    assert ADA not in str(of_bob)
    assert ADA not in str(of_nobody)
    assert BOB not in str(of_nobody)
    if "count" in name or "scalar" in name:
        assert (of_ada, of_bob, of_nobody) == ([(1,)], [(1,)], [(0,)])
    elif name != "outer join":
        assert (len(of_ada), len(of_nobody)) == ({"union": 2}.get(name, 1), 0)


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_without_an_owner_raises(
    session: AsyncSession, owners: list[UUID], name: str
) -> None:
    assert owners
    for asked in (session, ReadSessionLocal()):
        with pytest.raises(OwnerUnknownError, match="on probe_notes does not name the owner"):
            await asked.execute(STATEMENTS[name])
        await asked.rollback()


async def test_a_statement_may_name_an_owner_or_mean_all(
    session: AsyncSession, owners: list[UUID]
) -> None:
    statement = select(Note.text).order_by(Note.text)
    for _ in range(2):
        assert list(await session.scalars(statement.options(owned_by(owners[0])))) == [ADA]
        assert list(await session.scalars(statement.options(owned_by(owners[1])))) == [BOB]
        assert list(await session.scalars(statement.options(ALL_OWNERS))) == [ADA, BOB]
        with pytest.raises(OwnerUnknownError):
            await session.scalars(statement)


async def test_the_bare_table_cannot_be_read_in_any_session(
    session: AsyncSession, owners: list[UUID]
) -> None:
    with pytest.raises(OwnerUnknownError):
        await session.execute(select(Note.__table__))
    async for own in own_session(owners[0]):
        with pytest.raises(OwnerUnknownError):
            await own.execute(select(Note.__table__))


@pytest.mark.parametrize("load", [selectinload, joinedload])
async def test_a_relationship_loads_only_rows_of_the_owner(
    owners: list[UUID], session: AsyncSession, load: Any
) -> None:
    statement = select(Folder).options(load(Folder.notes))
    async for own in own_session(owners[0]):
        folder = (await own.scalars(statement)).unique().one()
        assert [note.text for note in folder.notes] == [ADA]
    with pytest.raises(OwnerUnknownError):
        await session.scalars(statement)


async def test_rows_by_key_refreshed_changed_and_deleted_are_the_owners(
    session: AsyncSession, owners: list[UUID]
) -> None:
    notes = await session.scalars(select(Note).options(ALL_OWNERS).order_by(Note.text))
    of_ada, of_bob = notes.all()
    async for own in own_session(owners[0]):
        assert await own.get(Note, of_bob.id) is None
        mine = await own.get_one(Note, of_ada.id)
        await own.refresh(mine)
        mine.text = "changed"
        await own.flush()
        await own.delete(mine)
        await own.flush()
    left = await session.scalars(select(Note.text).options(ALL_OWNERS))
    assert list(left) == [BOB]


async def test_a_new_row_belongs_to_the_user_and_cannot_be_given_away(owners: list[UUID]) -> None:
    async for own in own_session(owners[0]):
        note = Note(text="new")
        own.add(note)
        await own.flush()
        assert note.owner_id == owners[0]
        note.owner_id = owners[1]
        with pytest.raises(OwnerUnknownError):
            await own.flush()
        own.expunge_all()
        own.add(Note(text="planted", owner_id=owners[1]))
        with pytest.raises(OwnerUnknownError):
            await own.flush()
        own.expunge_all()


async def test_a_session_that_reads_sees_the_owners_rows_too(owners: list[UUID]) -> None:
    own = await get_own_read_session(user_of(owners[1]))
    assert list(await own.scalars(select(Note.text))) == [BOB]


def test_a_statement_can_be_shown_to_a_person() -> None:
    assert "FROM probe_notes" in str(select(Note))


def test_an_owned_table_needs_an_owner_who_exists_and_finds_rows_by_owner() -> None:
    (key,) = Note.owner_id.property.columns[0].foreign_keys
    assert (key.target_fullname, key.ondelete) == ("users.id", "CASCADE")
    assert not Note.owner_id.property.columns[0].nullable
    assert Note.owner_id.property.columns[0].index


def test_the_service_of_these_tests_has_the_routes(app: FastAPI) -> None:
    assert "/notes" not in app.openapi()["paths"]
