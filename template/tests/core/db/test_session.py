"""Sessions and transactions of a request, seen through HTTP and from another connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext, suppress
from typing import Annotated
from uuid import uuid4

import pytest
from fastapi import APIRouter, Depends
from sqlalchemy import Integer, bindparam, delete, func, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError, InvalidRequestError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool

from app.accounts.models import KnownDevice, User
from app.core.db import (
    LOCK_TIMEOUT,
    AsyncSessionLocal,
    ReadOnlySession,
    ReadSession,
    ReadSessionLocal,
    Session,
    execute_alone,
    open_database,
    release_connection,
)
from app.core.db.batches import read_in_batches
from app.core.db.connections import StreamInReadSessionError, WriteInReadSessionError
from app.core.db.reading import ConnectionOfReadSessionError
from app.core.db.revisions import check_database
from app.core.db.session import UncommittedChangesError, create_engine
from app.core.errors import Conflict
from app.core.services import provide
from app.settings import Settings
from tests.core.conftest import Reopen, Serve
from tests.core.probes import Probe, ProbeSlot

pytestmark = pytest.mark.usefixtures("tables")


def writing_router() -> APIRouter:
    router = APIRouter()

    @router.post("/probes")
    async def add_probe(session: Session, *, fail: bool = False) -> str:
        session.add(Probe(name="one"))
        await session.flush()
        if fail:
            raise Conflict
        return "added"

    @router.post("/slots")
    async def add_slots(session: Session) -> str:
        session.add_all([ProbeSlot(number=1), ProbeSlot(number=1)])
        await session.flush()
        return "added"

    return router


async def count_probes(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(Probe)) or 0


async def test_a_commit_that_fails_is_an_error_envelope(
    serve: Serve, committed_database: AsyncEngine
) -> None:
    assert committed_database
    answer = await serve(writing_router()).post("/slots")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "already_exists"


async def test_rows_are_visible_to_others_when_the_answer_arrives(
    serve: Serve, committed_database: AsyncEngine
) -> None:
    answer = await serve(writing_router()).post("/probes")
    assert answer.json() == "added"
    assert await count_probes(committed_database) == 1


async def test_an_error_rolls_back(serve: Serve, committed_database: AsyncEngine) -> None:
    answer = await serve(writing_router()).post("/probes", params={"fail": True})
    assert answer.status_code == 409
    assert await count_probes(committed_database) == 0


async def test_a_request_has_one_session(serve: Serve) -> None:
    router = APIRouter()

    async def reached_below(session: Session) -> AsyncSession:
        return session

    @router.get("/same")
    async def compare(
        session: Session, below: Annotated[AsyncSession, Depends(reached_below)]
    ) -> bool:
        return session is below

    assert (await serve(router).get("/same")).json() is True


async def test_rows_stay_readable_after_the_commit(session: AsyncSession) -> None:
    probe = Probe(name="one")
    session.add(probe)
    await session.commit()
    assert probe.name == "one"


async def test_a_cancelled_request_gives_its_connection_back(
    serve: Serve, committed_database: AsyncEngine
) -> None:
    router, reached = APIRouter(), asyncio.Event()

    @router.get("/hang")
    async def hang(session: Session) -> None:
        await session.execute(text("select 1"))
        reached.set()
        await session.execute(text("select pg_sleep(5)"))

    request = asyncio.create_task(serve(router).get("/hang"))
    async with asyncio.timeout(30):
        await reached.wait()
    await asyncio.sleep(0.02)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert isinstance(committed_database.pool, QueuePool)
    assert committed_database.pool.checkedout() == 0


@pytest.fixture
async def read_session(
    database: AsyncConnection | AsyncEngine,
) -> AsyncIterator[ReadOnlySession]:
    assert database
    async with ReadSessionLocal() as session:
        yield session


async def test_a_read_session_has_no_transaction(reopen: Reopen) -> None:
    started = select(func.transaction_timestamp())
    async with reopen(), ReadSessionLocal() as session:
        first, second = await session.scalar(started), await session.scalar(started)
    assert first != second


async def test_a_session_has_one_transaction(reopen: Reopen) -> None:
    started = select(func.transaction_timestamp())
    async with reopen(), AsyncSessionLocal() as session:
        first, second = await session.scalar(started), await session.scalar(started)
    assert first == second


async def test_a_route_can_get_a_read_session(serve: Serve) -> None:
    router = APIRouter()

    @router.get("/kind")
    async def name_kind(session: ReadSession) -> str:
        return type(session).__name__

    assert (await serve(router).get("/kind")).json() == "ReadOnlySession"


async def test_a_read_session_refuses_to_flush(read_session: ReadOnlySession) -> None:
    read_session.add(Probe(name="one"))
    with pytest.raises(WriteInReadSessionError, match="declare `Session`"):
        await read_session.flush()


WRITES = [insert(Probe).values(name="one"), update(Probe).values(name="x"), delete(Probe)]


@pytest.mark.parametrize(
    "statement", [*WRITES, *(select(one.returning(Probe.id).cte()) for one in WRITES)]
)
async def test_a_read_session_refuses_statements_that_write(
    read_session: ReadOnlySession, statement: object
) -> None:
    with pytest.raises(WriteInReadSessionError):
        await read_session.execute(statement)  # pyrefly: ignore[no-matching-overload] - any object


async def test_values_of_the_database_can_be_read_after_a_flush(session: AsyncSession) -> None:
    probe = Probe(name="one")
    session.add(probe)
    await session.flush()
    before = probe.changed_at
    probe.name = "two"
    await session.flush()
    assert probe.changed_at >= before


@pytest.mark.parametrize("is_live", [False, True])
async def test_a_read_session_refuses_to_stream(
    session: AsyncSession, reopen: Reopen, *, is_live: bool
) -> None:
    assert session
    statement = select(func.generate_series(1, 3))
    async with reopen() if is_live else nullcontext(), ReadSessionLocal() as reading:
        with pytest.raises(StreamInReadSessionError, match="read_in_batches"):
            await reading.stream(statement)
        with pytest.raises(StreamInReadSessionError):
            await reading.execute(statement.execution_options(yield_per=1))


async def test_a_session_cannot_be_used_after_its_end(serve: Serve, reopen: Reopen) -> None:
    router = APIRouter()
    sessions: list[AsyncSession] = []

    @router.get("/keep")
    async def keep(session: Session) -> None:
        sessions.append(session)

    async with reopen() as engine:
        await serve(router).get("/keep")
        with pytest.raises(InvalidRequestError, match="closed"):
            await sessions[0].execute(text("select 1"))
        assert isinstance(engine.pool, QueuePool)
        assert engine.pool.checkedout() == 0


READS: dict[str, Callable[[ReadOnlySession], Awaitable[object]]] = {
    "columns": lambda session: session.execute(select(literal(1))),
    "text": lambda session: session.execute(text("select 1")),
    "one value": lambda session: session.scalar(select(func.now())),
    "objects": lambda session: session.scalars(select(KnownDevice)),
    "object by key": lambda session: session.get(User, uuid4()),
    "error": lambda session: session.execute(text("select nothing")),
    "inner session": lambda session: session.run_sync(lambda inner: inner.scalars(select(User))),
}


@pytest.mark.parametrize("name", READS)
async def test_a_read_session_keeps_no_connection_between_statements(
    reopen: Reopen, name: str
) -> None:
    async with reopen() as engine:
        session = ReadSessionLocal()
        for _ in range(2):
            with suppress(ProgrammingError):
                await READS[name](session)
            assert isinstance(engine.pool, QueuePool)
            assert engine.pool.checkedout() == 0


async def test_a_read_session_lends_no_connection(read_session: ReadOnlySession) -> None:
    with pytest.raises(ConnectionOfReadSessionError, match="execute"):
        await read_session.connection()


async def test_a_cancelled_read_gives_its_connection_back(reopen: Reopen) -> None:
    async with reopen() as engine:
        read = asyncio.create_task(ReadSessionLocal().execute(select(func.pg_sleep(5))))
        await asyncio.sleep(0.2)
        assert isinstance(engine.pool, QueuePool)
        assert engine.pool.checkedout() == 1
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await read
        assert engine.pool.checkedout() == 0


@pytest.mark.parametrize("divisor", [1, 0])
async def test_a_statement_alone_writes_all_of_it_or_nothing(
    committed_database: AsyncEngine, divisor: int
) -> None:
    added = insert(Probe).values(id=uuid4(), name="alone").returning(Probe.name).cte("added")
    quotient = literal(1) / bindparam("divisor", type_=Integer)
    statement = select(added.c.name, quotient).select_from(added)
    with nullcontext() if divisor else pytest.raises(DBAPIError, match="division by zero"):
        await execute_alone(statement, {"divisor": divisor})
    assert await count_probes(committed_database) == divisor


async def test_a_statement_alone_waits_for_a_lock_as_long_as_a_transaction(
    settings: Settings, reopen: Reopen
) -> None:
    locking = select(func.pg_advisory_xact_lock(5318009)).select_from(LOCK_TIMEOUT)
    brief = settings.model_copy(update={"database_lock_timeout_seconds": 0.2})
    async with asyncio.timeout(10), reopen(database_pool_size=2), AsyncSessionLocal() as holder:
        await execute_alone(locking, {})  # ends with its lock and its limit
        assert await ReadSessionLocal().scalar(text("show lock_timeout")) == "0"
        await holder.execute(locking)
        with provide(Settings, brief), pytest.raises(DBAPIError, match="lock timeout"):
            await execute_alone(locking, {})


async def test_columns_and_objects_are_read_alike(session: AsyncSession) -> None:
    session.add_all([Probe(name=name) for name in ("one", "two")])
    await session.commit()
    columns = select(Probe.name, Probe.amount.label("many")).order_by(Probe.name)
    for asked in (session, ReadSessionLocal()):
        rows = (await asked.execute(columns)).all()
        assert [(row.name, row.many) for row in rows] == [("one", 0), ("two", 0)]
        assert list(await asked.scalars(columns)) == ["one", "two"]
        objects = await asked.scalars(select(Probe).order_by(Probe.name))
        assert [probe.name for probe in objects] == ["one", "two"]


@pytest.mark.parametrize("size", [1, 2, 3, 10])
async def test_a_long_result_is_read_in_batches(session: AsyncSession, size: int) -> None:
    session.add_all([Probe(name=str(number), amount=number) for number in (3, 1, 2)])
    await session.commit()
    some = select(Probe).where(Probe.amount < 3)
    amounts = [one.amount async for one in read_in_batches(some, key=Probe.amount, size=size)]
    assert amounts == [1, 2]


async def test_factories_are_bound_only_while_the_database_is_open(
    settings: Settings, reopen: Reopen
) -> None:
    async with reopen() as around:
        async with open_database(settings) as engine:
            assert AsyncSessionLocal.kw["bind"].pool is engine.pool
            assert ReadSessionLocal.kw["bind"].pool is engine.pool
        assert AsyncSessionLocal.kw["bind"].pool is around.pool
        assert ReadSessionLocal.kw["bind"].pool is around.pool


def test_an_engine_needs_an_address(bare_settings: Settings) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL is not set"):
        create_engine(bare_settings)


async def test_a_session_that_has_only_read_can_give_its_connection_back(reopen: Reopen) -> None:
    async with (
        reopen(database_pool_size=1, database_pool_overflow=0, database_pool_timeout_seconds=0.5),
        AsyncSessionLocal() as session,
    ):
        await session.execute(select(literal(1)))
        with pytest.raises(PoolTimeoutError):
            await check_database()
        await release_connection(session)
        await check_database()
        assert await session.scalar(select(literal(1))) == 1


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("write", ["pending", "flushed", "statement"])
async def test_a_session_with_changes_keeps_its_connection(
    session: AsyncSession, write: str
) -> None:
    if write == "statement":
        await session.execute(insert(Probe).values(name="one"))
    else:
        session.add(Probe(name="one"))
    if write == "flushed":
        await session.flush()
    with pytest.raises(UncommittedChangesError, match="has changes"):
        await release_connection(session)
    await session.commit()
    await release_connection(session)
    assert await session.scalar(select(Probe.name)) == "one"
