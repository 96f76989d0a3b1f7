"""Enqueueing: in the caller's transaction, once for each key, with the whole payload."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import BaseModel, SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import AsyncSessionLocal
from app.core.jobs import Job, job
from app.core.jobs.models import QueuedJob
from app.core.jobs.registry import declared_jobs
from app.core.module import Module
from tests.core.jobs.probes import Note, note_down, noted
from tests.core.jobs.running import run_jobs
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("tables")


async def count_jobs() -> int:
    async with AsyncSessionLocal() as session:
        return await session.scalar(select(func.count()).select_from(QueuedJob)) or 0


async def test_a_job_is_run_once_its_transaction_is_committed(session: AsyncSession) -> None:
    assert await note_down.enqueue(session, Note(name="one"))
    await session.commit()
    assert await run_jobs(note_down) == 1
    assert (await noted(), await count_jobs()) == (["one"], 0)
    assert await run_jobs(note_down) == 0


@pytest.mark.usefixtures("committed_database")
async def test_a_job_is_invisible_before_the_commit(session: AsyncSession) -> None:
    await note_down.enqueue(session, Note(name="one"))
    assert await run_jobs(note_down) == 0
    await session.commit()
    assert await run_jobs(note_down) == 1


async def test_nothing_is_left_of_a_job_that_was_rolled_back(session: AsyncSession) -> None:
    await note_down.enqueue(session, Note(name="one"))
    await session.rollback()
    assert (await count_jobs(), await run_jobs(note_down)) == (0, 0)


async def test_the_same_key_twice_is_one_job(session: AsyncSession) -> None:
    asked = [await note_down.enqueue(session, Note(name=name), key="k") for name in ("one", "two")]
    await session.commit()
    assert asked == [True, False]
    assert await run_jobs(note_down) == 1
    assert await noted() == ["one"]


async def test_a_key_is_remembered_when_its_job_is_done_and_its_payload_is_not(
    session: AsyncSession,
) -> None:
    await note_down.enqueue(session, Note(name="one"), key="k")
    await session.commit()
    await run_jobs(note_down)
    assert not await note_down.enqueue(session, Note(name="two"), key="k")
    await session.commit()
    assert await run_jobs(note_down) == 0
    assert (await session.scalars(select(QueuedJob.payload))).all() == [None]


async def test_the_same_key_of_another_job_is_another_job(session: AsyncSession) -> None:
    other: Job[Note] = job(name="other")(note_down.handler)
    assert await note_down.enqueue(session, Note(name="one"), key="k")
    assert await other.enqueue(session, Note(name="two"), key="k")
    await session.commit()
    await run_jobs(note_down, other)
    assert sorted(await noted()) == ["one", "two"]


@pytest.mark.parametrize("first_is_committed", [True, False])
async def test_of_two_who_bring_a_key_at_once_the_second_waits_for_the_first(
    *, first_is_committed: bool, committed_database: AsyncEngine
) -> None:
    async with AsyncSessionLocal() as first, AsyncSessionLocal() as second:
        assert await note_down.enqueue(first, Note(name="one"), key="k")
        waiting = asyncio.create_task(note_down.enqueue(second, Note(name="two"), key="k"))
        await wait_for_blocked(committed_database)
        await (first.commit() if first_is_committed else first.rollback())
        assert await waiting is not first_is_committed
        await second.commit()
    assert await run_jobs(note_down) == 1
    assert await noted() == [("one" if first_is_committed else "two")]


BLOCKED_HERE = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def wait_for_blocked(engine: AsyncEngine) -> None:
    """Return once a session waits for another one."""

    async def look() -> None:
        while True:  # a new transaction each time: an open one keeps its snapshot
            async with engine.connect() as connection:
                count = await connection.exec_driver_sql(BLOCKED_HERE)
                if count.scalar_one():
                    return

    looking = asyncio.create_task(look())
    await wait_until(looking.done)


async def test_many_with_one_key_at_once_are_one_job(committed_database: AsyncEngine) -> None:
    assert committed_database

    async def ask(number: int) -> bool:
        async with AsyncSessionLocal.begin() as session:
            return await note_down.enqueue(session, Note(name=str(number)), key="k")

    asked = await asyncio.gather(*(ask(number) for number in range(30)))
    assert (sum(asked), await count_jobs()) == (1, 1)


async def test_a_delayed_job_waits(session: AsyncSession) -> None:
    await note_down.enqueue(session, Note(name="later"), delay=timedelta(hours=1))
    await note_down.enqueue(session, Note(name="now"))
    await session.commit()
    assert await run_jobs(note_down) == 1
    assert await noted() == ["now"]


async def test_a_payload_that_would_not_come_back_is_refused(session: AsyncSession) -> None:
    class Secret(BaseModel):
        token: SecretStr

    @job(name="keep_secret")
    async def keep_secret(session: AsyncSession, payload: Secret) -> None:
        raise NotImplementedError

    with pytest.raises(ValueError, match="is different after storage"):
        await keep_secret.enqueue(session, Secret(token=SecretStr("hunter2")))


async def test_a_payload_keeps_its_types(session: AsyncSession) -> None:
    class Typed(BaseModel):
        id: UUID
        after: timedelta

    given = Typed(id=UUID(int=7), after=timedelta(seconds=1.5))
    got: list[Typed] = []

    @job(name="typed")
    async def take(session: AsyncSession, payload: Typed) -> None:
        assert session
        got.append(payload)

    await take.enqueue(session, given)
    await session.commit()
    await run_jobs(take)
    assert got == [given]


def test_a_handler_without_a_payload_is_no_job() -> None:
    async def handle(session: AsyncSession, payload: int) -> None:
        raise NotImplementedError

    with pytest.raises(TypeError, match="a Pydantic model"):
        job(name="wrong")(handle)


def test_two_jobs_of_one_name_stop_the_start() -> None:
    module = Module(name="probes", jobs=(note_down, note_down))
    with pytest.raises(ValueError, match="'note_down' is declared twice"):
        declared_jobs([module])
