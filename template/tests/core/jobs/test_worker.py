"""A worker runs local jobs at once and polls for others, and survives errors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app import main
from app.core.config import ConfigurationError
from app.core.db import AsyncSessionLocal
from app.core.jobs import Job, job, worker
from app.core.jobs.models import QueuedJob
from app.core.jobs.module import require_connections
from app.core.jobs.settings import JobSettings
from app.core.jobs.worker import Worker
from app.core.module import Module
from app.core.services import provide
from app.settings import Environment, Settings
from tests.conftest import FAST_PASSWORDS, settings_for
from tests.core.conftest import Logged
from tests.core.jobs.probes import Note
from tests.waiting import wait_until

Working = Callable[..., AbstractAsyncContextManager[Worker]]
done: list[str] = []


@job(name="tick", timeout=300)
async def tick(session: AsyncSession, payload: Note) -> None:
    assert session
    done.append(payload.name)


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    done.clear()


@pytest.fixture
def working_off(committed_database: AsyncEngine) -> Working:
    """Let a worker work inside the block: `async with working_off(tick, jobs_setting=…)`."""
    assert committed_database

    @asynccontextmanager
    async def work(
        *jobs: Job[Any], idle_poll_seconds: float | None = None, **changes: Any
    ) -> AsyncIterator[Worker]:
        settings = JobSettings(environment=Environment.TEST, **changes)
        by_name = {job.name: job for job in jobs}
        worker = Worker(by_name, settings, idle_poll_seconds=idle_poll_seconds)
        task = asyncio.create_task(worker.work())
        try:
            yield worker
        finally:
            worker.stop()
            await task

    return work


async def enqueue(*names: str, of: Job[Note] = tick, **options: Any) -> None:
    async with AsyncSessionLocal.begin() as session:
        for name in names:
            await of.enqueue(session, Note(name=name), **options)


async def test_a_job_committed_in_this_process_runs_at_once(working_off: Working) -> None:
    async with working_off(tick, jobs_poll_seconds=3600):
        await enqueue("one", "two")
        await wait_until(lambda: len(done) == 2)
        await enqueue("three")
        await wait_until(lambda: len(done) == 3)


@job(name="hang", timeout=300)
async def hang(session: AsyncSession, payload: Note) -> None:
    assert session
    done.append(payload.name)
    await asyncio.Event().wait()


async def test_jobs_that_hang_leave_a_slot_to_others(working_off: Working) -> None:
    await enqueue(*(f"hanging {number}" for number in range(10)), of=hang)
    async with working_off(hang, tick, jobs_concurrency=3, jobs_grace_seconds=0):
        await wait_until(lambda: len(done) == 2)
        for name in ("one", "two", "three"):
            await enqueue(name)
            await wait_until(lambda name=name: name in done)
        assert len(done) == 5


async def test_a_job_committed_elsewhere_is_found_by_polling(working_off: Working) -> None:
    await enqueue("one", delay=timedelta(hours=1))
    async with working_off(tick, jobs_poll_seconds=0.05):
        async with AsyncSessionLocal.begin() as session:
            await session.execute(update(QueuedJob).values(due_at=QueuedJob.created_at))
        await wait_until(lambda: done)


@pytest.mark.parametrize(("idle_poll_seconds", "fewest", "most"), [(None, 15, 99), (60, 2, 8)])
async def test_an_idle_worker_slows_its_polling_down_if_asked_to(
    working_off: Working,
    monkeypatch: pytest.MonkeyPatch,
    idle_poll_seconds: float | None,
    fewest: int,
    most: int,
) -> None:
    polls: list[float] = []
    begin_attempt = worker.begin_attempt

    async def poll(names: Collection[str]) -> QueuedJob | None:
        polls.append(0)
        return await begin_attempt(names)

    monkeypatch.setattr(worker, "begin_attempt", poll)
    async with working_off(tick, jobs_poll_seconds=0.02, idle_poll_seconds=idle_poll_seconds):
        await asyncio.sleep(1)
        assert fewest <= len(polls) <= most
        await enqueue("one")  # A commit wakes it however slowly it polls.
        await wait_until(lambda: done)


async def test_a_delayed_job_is_done_when_it_is_due_however_seldom_one_looks(
    working_off: Working,
) -> None:
    await enqueue("one", delay=timedelta(seconds=0.3))
    async with working_off(tick, jobs_poll_seconds=3600):
        await wait_until(lambda: done)


async def test_no_more_jobs_run_at_once_than_the_settings_allow(working_off: Working) -> None:
    running: set[str] = set()
    most: list[int] = []
    go_on = asyncio.Event()

    @job(name="crowd", timeout=300)
    async def crowd(session: AsyncSession, payload: Note) -> None:
        assert session
        running.add(payload.name)
        most.append(len(running))
        await go_on.wait()
        running.remove(payload.name)

    await enqueue(*(str(number) for number in range(10)), of=crowd)
    async with working_off(crowd, jobs_concurrency=3, jobs_poll_seconds=0.01):
        await wait_until(lambda: len(most) == 3)
        go_on.set()
        await wait_until(lambda: len(most) == 10)
    assert max(most) == 3


async def test_unknown_jobs_are_named_in_the_log_once_in_a_while(
    working_off: Working, logged: Logged
) -> None:
    unknown: Job[Note] = job(name="of_another_version")(tick.handler)
    await enqueue("one", "two", of=unknown)
    async with working_off(tick, jobs_poll_seconds=0.01):
        await wait_until(lambda: logged("unknown_jobs"))
        await enqueue("three")
        await wait_until(lambda: done)
    assert [line["names"] for line in logged("unknown_jobs")] == [["of_another_version"]]
    assert done == ["three"]


async def test_a_worker_continues_after_an_outage_of_the_database(
    working_off: Working, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = worker.begin_attempt

    async def begin_when_it_is_back(names: Sequence[str]) -> Any:
        if len(logged("worker_poll_failed")) < 3:
            raise OperationalError("select", {}, ConnectionError())
        return await begin(list(names))

    monkeypatch.setattr(worker, "begin_attempt", begin_when_it_is_back)
    await enqueue("one")
    async with working_off(tick, jobs_poll_seconds=0.01):
        await wait_until(lambda: done)
    assert {line["error"] for line in logged("worker_poll_failed")} == {"OperationalError"}


async def test_a_job_whose_end_cannot_be_noted_comes_again(
    working_off: Working, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OperationalError("update", {}, ConnectionError())

    for name in ("complete_job", "schedule_retry"):
        monkeypatch.setattr(f"app.core.jobs.executor.{name}", fail)
    await enqueue("one")
    async with working_off(tick, jobs_poll_seconds=0.01):
        await wait_until(lambda: logged("job_abandoned"))
        monkeypatch.undo()
        async with AsyncSessionLocal.begin() as session:
            await session.execute(update(QueuedJob).values(due_at=QueuedJob.created_at))
        await wait_until(lambda: len(done) == 2)
    assert [line["outcome"] for line in logged("job")] == ["abandoned", "done"]


@pytest.mark.parametrize("in_process", [True, False])
async def test_the_web_process_runs_jobs_where_the_settings_say_so(
    *,
    in_process: bool,
    committed_database: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    events: list[str] = []

    @asynccontextmanager
    async def opened(_: object) -> AsyncIterator[None]:
        await asyncio.sleep(0.2)  # time enough for a worker that must not be there yet
        events.append(f"open before {done}")
        yield
        events.append(f"close after {done}")

    monkeypatch.setattr(main, "FEATURES", (Module(name="probes", open=opened, jobs=(tick,)),))
    jobs = JobSettings(
        environment=Environment.TEST, jobs_in_process=in_process, jobs_poll_seconds=3600
    )
    await enqueue("one")
    app = main.create_app(settings_for(committed_database.url), FAST_PASSWORDS, jobs)
    assert logged("worker_started") == []
    before = dict(AsyncSessionLocal.kw)
    async with app.router.lifespan_context(app):
        if in_process:
            await wait_until(lambda: done)
    AsyncSessionLocal.kw = before
    assert events == ["open before []", f"close after {['one'] * in_process}"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (Environment.DEVELOPMENT, True),
        (Environment.TEST, False),
        (Environment.PRODUCTION, True),
    ],
)
def test_the_web_process_runs_jobs_by_default_except_in_tests(
    environment: Environment, *, expected: bool
) -> None:
    assert JobSettings(environment=environment).runs_in_process is expected
    for said in (True, False):
        assert JobSettings(environment=environment, jobs_in_process=said).runs_in_process is said


@pytest.mark.parametrize("concurrency", [3, 4])
def test_more_jobs_at_a_time_than_connections_are_refused(concurrency: int) -> None:
    pool: dict[str, Any] = {"database_pool_size": 2, "database_pool_overflow": 1}
    jobs = JobSettings(environment=Environment.TEST, jobs_concurrency=concurrency)
    refused = pytest.raises(ConfigurationError, match=r"JOBS_CONCURRENCY: 4 jobs .* 3 connections")
    with (
        provide(Settings, Settings(environment=Environment.TEST, **pool)),
        provide(JobSettings, jobs),
        refused if concurrency > 3 else nullcontext(),
    ):
        require_connections()
