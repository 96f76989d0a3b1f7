"""Responses to failures of the database."""

import asyncio

import pytest
from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from app.core.db import Session
from tests.core.conftest import Reopen, Serve
from tests.core.probes import Probe, ProbePart


def adding_router(*things: object) -> APIRouter:
    router = APIRouter()

    @router.post("/things")
    async def add_things(session: Session) -> None:
        session.add_all(things)

    return router


@pytest.mark.usefixtures("tables", "session")
@pytest.mark.parametrize(
    ("things", "status", "code"),
    [
        ([Probe(name="same"), Probe(name="same")], 409, "already_exists"),
        ([ProbePart(probe_id=uuid7())], 409, "reference_violated"),
        ([Probe(name="one", amount=-1)], 409, "constraint_violated"),
        ([Probe(name=None)], 409, "constraint_violated"),
        ([Probe(name="with \x00 in it")], 422, "invalid_value"),
        ([Probe(name="x" * 21)], 422, "invalid_value"),
        ([Probe(name="one", amount=2**31)], 422, "invalid_value"),
    ],
)
async def test_a_violation_has_a_stable_code_and_shows_nothing_of_the_database(
    serve: Serve, things: list[object], status: int, code: str
) -> None:
    answer = await serve(adding_router(*things)).post("/things")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    for word in ("insert", "probe", "key", "asyncpg", "uq_", "column"):
        assert word not in answer.text.lower()


@pytest.mark.usefixtures("tables")
async def test_a_read_only_database_is_503(serve: Serve, session: AsyncSession) -> None:
    router = APIRouter()

    @router.post("/things")
    async def add_thing(session: Session) -> None:
        await session.execute(text("SET TRANSACTION READ ONLY"))
        session.add(Probe(name="one"))

    assert session
    answer = await serve(router).post("/things")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_unavailable")


async def test_an_error_of_ours_in_sql_is_500(serve: Serve, session: AsyncSession) -> None:
    router = APIRouter()

    @router.get("/wrong")
    async def ask_wrongly(session: Session) -> None:
        await session.execute(text("select hunter2 from nowhere"))

    assert session
    answer = await serve(router).get("/wrong")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text


async def test_an_exhausted_pool_is_503(serve: Serve, reopen: Reopen) -> None:
    router, held, enough = APIRouter(), asyncio.Event(), asyncio.Event()

    @router.get("/hold")
    async def hold_connection(session: Session) -> None:
        await session.execute(text("select 1"))
        held.set()
        await enough.wait()

    client = serve(router)
    async with reopen(
        database_pool_size=1, database_pool_overflow=0, database_pool_timeout_seconds=0.5
    ):
        first = asyncio.create_task(client.get("/hold"))
        async with asyncio.timeout(30):
            await held.wait()
        second = await client.get("/hold")
        enough.set()
        assert (await first).status_code == 200
    assert (second.status_code, second.json()["error"]["code"]) == (503, "too_busy")
    assert "retry-after" in second.headers


@pytest.mark.parametrize(
    ("limit", "seconds", "code"),
    [("set local statement_timeout = '20ms'", 4, "database_busy"), ("select 1", 0.5, "timed_out")],
)
async def test_a_statement_that_takes_too_long_is_503(
    serve: Serve, reopen: Reopen, limit: str, seconds: float, code: str
) -> None:
    router = APIRouter()

    @router.get("/slow")
    async def wait_too_long(session: Session) -> None:
        await session.execute(text(limit))
        await session.execute(text("select pg_sleep(5)"))

    async with reopen(database_statement_timeout_seconds=seconds):
        answer = await serve(router).get("/slow")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, code)
    assert "retry-after" in answer.headers


async def test_one_of_two_requests_in_a_deadlock_is_503(serve: Serve, reopen: Reopen) -> None:
    router, both = APIRouter(), asyncio.Barrier(2)

    @router.get("/locks/{first}/{second}")
    async def lock_both(session: Session, first: int, second: int) -> None:
        await session.execute(text("set local deadlock_timeout = '10ms'"))
        for key in (first, second):
            await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": key})
            if key == first:
                await both.wait()

    client = serve(router)
    async with reopen(), asyncio.timeout(30):
        answers = await asyncio.gather(client.get("/locks/1/2"), client.get("/locks/2/1"))
    assert sorted(answer.status_code for answer in answers) == [200, 503]
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.json()["error"]["code"] == "database_busy"
