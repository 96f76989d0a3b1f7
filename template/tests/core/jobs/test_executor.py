"""The ends of a job: done, retried, rescheduled or dead; never run twice at a time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool

from app.core.context import current_request
from app.core.db import AsyncSessionLocal, release_connection
from app.core.errors import AppError, Unavailable
from app.core.http import UpstreamFailed
from app.core.jobs import Job, PermanentFailure, Retry, job
from app.core.jobs.executor import run_attempt
from app.core.jobs.models import QueuedJob, State
from app.core.jobs.module import module
from app.core.jobs.queue import begin_attempt, purge_done_jobs, requeue
from tests.core.conftest import Logged
from tests.core.jobs.probes import Note, note_down, noted
from tests.core.jobs.running import KEEP_KEY_FOR, make_due, run_jobs
from tests.core.probes import Probe

pytestmark = pytest.mark.usefixtures("tables")
failures: list[Exception | None] = []


@job(name="stumble", attempts=3, timeout=300)
async def stumble(session: AsyncSession, payload: Note) -> None:
    """Have an effect, then fail as the test says."""
    session.add(Probe(name=payload.name))
    await session.flush()
    if failures and (failure := failures.pop(0)):
        raise failure


@pytest.fixture(autouse=True)
def no_failures() -> None:
    failures.clear()


async def enqueue(session: AsyncSession, name: str = "one", **options: Any) -> None:
    await stumble.enqueue(session, Note(name=name), **options)
    await session.commit()


async def queued() -> Sequence[QueuedJob]:
    async with AsyncSessionLocal() as session:
        return (await session.scalars(select(QueuedJob))).all()


async def only_job() -> QueuedJob:
    (found,) = await queued()
    return found


async def test_a_failed_attempt_has_no_effect_and_is_tried_again_after_a_pause(
    session: AsyncSession, logged: Logged
) -> None:
    failures[:] = [ValueError("no")]
    await enqueue(session)
    assert await run_jobs(stumble) == 1
    assert await noted() == []
    waiting = await only_job()
    assert (waiting.state, waiting.attempts, waiting.error) == (State.WAITING, 1, "ValueError")
    await make_due()
    assert await run_jobs(stumble) == 1
    assert (await noted(), await queued()) == (["one"], [])
    lines = logged("job")
    assert [(line["name"], line["attempt"], line["outcome"]) for line in lines] == [
        ("stumble", 1, "failed"),
        ("stumble", 2, "done"),
    ]
    assert {line["id"] for line in lines} == {str(waiting.id)}
    assert [line["level"] for line in lines] == ["warning", "info"]
    assert lines[0]["exception"][0]["exc_type"] == "ValueError"
    assert all(line["ms"] > 0 for line in lines)


@pytest.mark.parametrize("outage", [Unavailable(), UpstreamFailed("shop", "ConnectError")])
async def test_an_outage_is_logged_as_one_line(
    session: AsyncSession, logged: Logged, outage: AppError
) -> None:
    failures[:] = [outage]
    await enqueue(session)
    await run_jobs(stumble)
    (line,) = logged("job")
    assert (line["outcome"], line["error"]) == ("failed", repr(outage))
    assert "exception" not in line


async def test_pauses_grow_and_are_never_the_same(session: AsyncSession) -> None:
    pauses: list[float] = []
    many: Job[Note] = job(name="stumble", attempts=100)(stumble.handler)
    failures[:] = [ValueError()] * 20
    await enqueue(session)
    for _ in range(20):
        before = datetime.now(UTC)
        assert await run_jobs(many) == 1
        pauses.append(((await only_job()).due_at - before).total_seconds())
        await make_due()
    slack = 60  # the machine may be busy, and clocks differ
    for number, pause in enumerate(pauses):
        expected = min(10 * 3**number, 3600)
        assert expected - 1 <= pause <= expected * 1.25 + slack
    longest = pauses[7:]
    assert max(longest) - min(longest) > slack


async def test_a_job_that_fails_too_often_is_dead_and_stays(
    session: AsyncSession, logged: Logged
) -> None:
    failures[:] = [ValueError()] * 3
    await enqueue(session)
    for _ in range(4):
        await run_jobs(stumble)
        await make_due()
    dead = await only_job()
    assert (dead.state, dead.attempts, dead.error) == (State.DEAD, 3, "ValueError")
    assert [line["level"] for line in logged("job")] == ["warning", "warning", "error"]


async def test_a_dead_job_runs_again_once_it_is_requeued(session: AsyncSession) -> None:
    failures[:] = [PermanentFailure("no such thing"), ValueError()]
    await enqueue(session)
    assert await run_jobs(stumble) == 1
    dead = await only_job()
    assert (dead.state, dead.error) == (State.DEAD, "no such thing")
    assert (await requeue(session, only=dead.id), await requeue(session, only=dead.id)) == (1, 0)
    await session.commit()
    assert await run_jobs(stumble) == 1  # fails, with all of its attempts before it
    await make_due()
    assert await run_jobs(stumble) == 1
    assert (await noted(), await queued()) == (["one"], [])


async def test_a_job_that_puts_itself_off_does_not_wear_out(session: AsyncSession) -> None:
    failures[:] = [Retry(after=1000)] * 5
    await enqueue(session)
    for _ in range(5):
        assert await run_jobs(stumble) == 1
        waiting = await only_job()
        assert (waiting.state, waiting.attempts) == (State.WAITING, 0)
        assert waiting.due_at > datetime.now(UTC) + timedelta(seconds=500)
        await make_due()
    assert await run_jobs(stumble) == 1
    assert await noted() == ["one"]


async def test_a_job_that_takes_too_long_is_a_failure(session: AsyncSession) -> None:
    class Nothing(BaseModel):
        pass

    @job(name="dawdle", timeout=1)  # less, and it might end on the way to the handler
    async def dawdle(session: AsyncSession, payload: Nothing) -> None:  # noqa: ARG001 - of every job
        await asyncio.sleep(3600)

    await dawdle.enqueue(session, Nothing())
    await session.commit()
    assert await run_jobs(dawdle) == 1
    assert (await only_job()).error == "TimeoutError"


async def test_a_payload_of_another_version_is_tried_again_and_not_shown(
    session: AsyncSession, logged: Logged
) -> None:
    await enqueue(session, "hunter2")
    await session.execute(update(QueuedJob).values(payload={"title": "hunter2"}))
    await session.commit()
    assert await run_jobs(stumble) == 1
    waiting = await only_job()
    assert (waiting.state, waiting.error) == (State.WAITING, "ValueError")
    assert "hunter2" not in str(logged("job"))


async def test_a_job_that_this_version_does_not_know_stays(session: AsyncSession) -> None:
    await enqueue(session)
    assert await run_jobs() == 0
    waiting = await only_job()
    assert (waiting.state, waiting.attempts) == (State.WAITING, 0)
    assert await run_jobs(stumble) == 1


async def test_a_job_that_was_begun_and_never_ended_too_often_is_given_up(
    session: AsyncSession,
) -> None:
    await enqueue(session)
    for _ in range(3):
        assert await begin_attempt(["stumble"])  # and the worker is killed
        await make_due()
    assert await run_jobs(stumble) == 1
    dead = await only_job()
    assert (dead.state, dead.error) == (State.DEAD, "WorkerKilled")
    assert await noted() == []


async def test_an_attempt_that_another_has_overtaken_does_nothing(session: AsyncSession) -> None:
    await enqueue(session)
    slow = await begin_attempt(["stumble"])
    assert slow
    await make_due()
    assert await run_jobs(stumble) == 1
    await run_attempt(slow, stumble, keep_key_for=KEEP_KEY_FOR)
    assert (await noted(), await queued()) == (["one"], [])


async def test_an_attempt_that_another_has_overtaken_and_failed_does_nothing(
    session: AsyncSession,
) -> None:
    failures[:] = [ValueError()]
    await enqueue(session)
    slow = await begin_attempt(["stumble"])
    assert slow
    await make_due()
    assert await run_jobs(stumble) == 1
    await run_attempt(slow, stumble, keep_key_for=KEEP_KEY_FOR)
    waiting = await only_job()
    assert (await noted(), waiting.attempts, waiting.error) == ([], 2, "ValueError")


async def test_a_job_that_runs_is_not_run_by_another_however_long_it_takes(
    committed_database: AsyncEngine, session: AsyncSession
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    @job(name="hold", timeout=300)
    async def hold(session: AsyncSession, payload: Note) -> None:
        begun.set()
        await go_on.wait()
        session.add(Probe(name=payload.name))

    assert committed_database
    await hold.enqueue(session, Note(name="one"))
    await session.commit()
    attempt = await begin_attempt(["hold"])
    assert attempt
    async with AsyncSessionLocal.begin() as other:  # its pause is over, yet it runs
        await other.execute(update(QueuedJob).values(due_at=QueuedJob.created_at))
    running = asyncio.create_task(run_attempt(attempt, hold, keep_key_for=KEEP_KEY_FOR))
    await begun.wait()
    async with asyncio.timeout(60):
        assert await run_jobs(hold) == 0
    go_on.set()
    await running
    assert (await noted(), await queued()) == (["one"], [])


class Held:
    """A job that calls another service, which responds when the test says so."""

    def __init__(self) -> None:
        self.called, self.responds = asyncio.Event(), asyncio.Event()
        self.job = job(name="hold", timeout=300, leased=True)(self.hold)

    async def hold(self, session: AsyncSession, payload: Note) -> None:
        await session.execute(select(Probe))
        await release_connection(session)
        self.called.set()
        await self.responds.wait()
        session.add(Probe(name=payload.name))

    async def begin(self, session: AsyncSession) -> asyncio.Task[None]:
        await self.job.enqueue(session, Note(name="one"))
        await session.commit()
        attempt = await begin_attempt(["hold"])
        assert attempt
        run = run_attempt(attempt, self.job, keep_key_for=KEEP_KEY_FOR)
        running = asyncio.create_task(run)
        async with asyncio.timeout(60):
            await self.called.wait()
        return running


async def test_a_leased_job_holds_no_connection_during_its_call(
    committed_database: AsyncEngine, session: AsyncSession
) -> None:
    held = Held()
    running = await held.begin(session)
    pool = committed_database.pool
    assert isinstance(pool, QueuePool)
    connections = pool.checkedout()
    due_in = (await only_job()).due_at - datetime.now(UTC)
    assert await run_jobs(held.job) == 0
    held.responds.set()
    await running
    assert connections == 0
    assert timedelta(seconds=300) < due_in < timedelta(seconds=360)
    assert (await noted(), await queued()) == (["one"], [])


@pytest.mark.usefixtures("committed_database")
async def test_a_leased_job_whose_lease_has_ended_has_no_effect(session: AsyncSession) -> None:
    held = Held()
    running = await held.begin(session)
    await make_due()
    assert await begin_attempt(["hold"])
    held.responds.set()
    await running
    assert (await noted(), (await only_job()).attempts) == ([], 2)


async def test_a_job_that_is_not_leased_cannot_give_up_its_lock(session: AsyncSession) -> None:
    held = Held()
    locked = job(name="hold", attempts=1)(held.hold)
    await locked.enqueue(session, Note(name="one"))
    await session.commit()
    await run_jobs(locked)
    assert (await only_job()).error == "UncommittedChangesError"


async def test_jobs_that_a_job_enqueues_share_its_transaction(session: AsyncSession) -> None:
    @job(name="hand_on")
    async def hand_on(session: AsyncSession, payload: Note) -> None:
        await note_down.enqueue(session, payload)
        if failures and (failure := failures.pop(0)):
            raise failure

    failures[:] = [ValueError()]
    await hand_on.enqueue(session, Note(name="one"))
    await session.commit()
    assert await run_jobs(hand_on, note_down) == 1
    await make_due()
    assert await run_jobs(hand_on, note_down) == 2
    assert await noted() == ["one"]


async def test_the_log_names_the_request_that_asked_for_a_job(
    session: AsyncSession, logged: Logged
) -> None:
    await enqueue(session)
    await session.execute(update(QueuedJob).values(request_id="asked-here"))
    await session.commit()
    await run_jobs(stumble)
    assert [line["request_id"] for line in logged("job")] == ["asked-here"]
    assert current_request() is None


async def test_keys_are_forgotten_after_their_time(session: AsyncSession) -> None:
    await enqueue(session, key="k")
    await run_jobs(stumble)
    assert await purge_done_jobs(session) == 0
    await session.execute(update(QueuedJob).values(due_at=QueuedJob.created_at))
    assert await purge_done_jobs(session) == 1
    assert await stumble.enqueue(session, Note(name="two"), key="k")


async def test_the_purge_command_forgets_keys(session: AsyncSession) -> None:
    assert module.purge
    await enqueue(session, key="k")
    await run_jobs(stumble)
    await session.execute(update(QueuedJob).values(due_at=QueuedJob.created_at))
    assert [await module.purge(session), await module.purge(session)] == [1, 0]
