"""A worker that is killed between any two steps, frozen or stopped loses no job.

Each job writes a row with a unique name, so an effect that happens twice fails.
"""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import AsyncSessionLocal
from app.core.jobs.models import QueuedJob, State
from tests.core.jobs.probes import Note, note_down, noted
from tests.core.jobs.running import make_due, run_jobs
from tests.processes import Program, running

pytestmark = pytest.mark.usefixtures("tables")

WORKER = """
import asyncio, os, signal
from dataclasses import replace
from pathlib import Path
from app import main
from app.commands import worker
from app.core.jobs import executor
from app.core.jobs import worker as workers
from app.core.module import Module
from tests.core.jobs.probes import note_down

def say(text):
    print(text, flush=True)

def dying(point, function):
    async def call(*args, **kwargs):
        result = await function(*args, **kwargs)
        if os.environ.get("DIE_AFTER") == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

async def note(session, payload):
    await note_down.handler(session, payload)
    await session.flush()
    say(f"in {payload.name}")
    while not Path(os.environ.get("WAIT_FOR", "/")).exists():
        await asyncio.sleep(0.01)

workers.begin_attempt = dying("begin", workers.begin_attempt)
executor.lock_job = dying("lock", executor.lock_job)
executor.complete_job = dying("end", executor.complete_job)
executor._execute = dying("commit", executor._execute)
executor.SECONDS_BEYOND_TIMEOUT = float(os.environ.get("BEYOND", "30"))
job = replace(note_down, handler=dying("handle", note), timeout=float(os.environ["TIMEOUT"]))
main.FEATURES = (Module(name="probes", jobs=(job,)),)
worker.main()
"""


@pytest.fixture
def environment(committed_database: AsyncEngine) -> Mapping[str, str]:
    address = committed_database.url.render_as_string(hide_password=False)
    return {"DATABASE_URL": address, "TIMEOUT": "300", "JOBS_POLL_SECONDS": "0.05"}


async def enqueue(*names: str) -> None:
    async with AsyncSessionLocal.begin() as session:
        for name in names:
            await note_down.enqueue(session, Note(name=name))


async def count_waiting() -> int:
    async with AsyncSessionLocal() as session:
        return await session.scalar(select(func.count()).select_from(QueuedJob)) or 0


async def read_until(worker: Program, text: str) -> None:
    line = ""
    while text not in line:
        line = await asyncio.to_thread(worker.stdout.readline)
        assert line, "the worker has ended"


async def ended(worker: Program) -> int:
    return await asyncio.to_thread(worker.wait)


async def stopped(worker: Program) -> str:
    """Ask a worker to stop, and return the rest of its output."""
    worker.terminate()
    output = await asyncio.to_thread(worker.stdout.read)
    assert await ended(worker) == 0
    return output


@pytest.mark.parametrize(
    ("point", "is_done"),
    [("begin", False), ("lock", False), ("handle", False), ("end", False), ("commit", True)],
)
async def test_a_worker_killed_at_any_point_loses_no_job_and_its_effect_happens_once(
    point: str, *, is_done: bool, environment: Mapping[str, str]
) -> None:
    await enqueue("one")
    with running(WORKER, environment={**environment, "DIE_AFTER": point}) as worker:
        assert await ended(worker) == -signal.SIGKILL
    assert (await noted(), await count_waiting()) == (["one"] * is_done, 1 - is_done)
    await make_due()
    while await count_waiting():  # the database may take a moment to see that the worker has ended
        await run_jobs(note_down)
    assert await noted() == ["one"]


async def test_several_workers_never_do_one_job_twice(
    environment: Mapping[str, str],
) -> None:
    names = [str(number) for number in range(60)]
    with (
        running(WORKER, environment=environment) as one,
        running(WORKER, environment=environment) as two,
        running(WORKER, environment=environment) as three,
    ):
        for worker in (one, two, three):
            await read_until(worker, "worker_started")
        await enqueue(*names)
        while await count_waiting():  # noqa: ASYNC110 - other processes see to it
            await asyncio.sleep(0.05)
        outputs = [await stopped(worker) for worker in (one, two, three)]
    begun = [
        line.removeprefix("in ")
        for output in outputs
        for line in output.splitlines()
        if line.startswith("in ")
    ]
    assert sorted(begun, key=int) == names
    assert sorted(await noted(), key=int) == names


async def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_begun(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    await enqueue("one")
    environment = {**environment, "WAIT_FOR": str(tmp_path / "go"), "JOBS_GRACE_SECONDS": "300"}
    with running(WORKER, environment=environment) as worker:
        await read_until(worker, "in one")
        worker.terminate()
        await enqueue("two")
        (tmp_path / "go").touch()
        await read_until(worker, "worker_stopped")
        assert await ended(worker) == 0
    assert (await noted(), await count_waiting()) == (["one"], 1)


async def test_a_job_that_does_not_end_in_time_is_given_back_as_if_it_had_not_begun(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    await enqueue("one")
    environment = {**environment, "WAIT_FOR": str(tmp_path / "no"), "JOBS_GRACE_SECONDS": "0.1"}
    with running(WORKER, environment=environment) as worker:
        await read_until(worker, "in one")
        worker.send_signal(signal.SIGINT)
        await read_until(worker, "worker_stopped")
        assert await ended(worker) == 0
    async with AsyncSessionLocal() as session:
        job = (await session.scalars(select(QueuedJob))).one()
    assert (job.state, job.attempts, await noted()) == (State.WAITING, 0, [])
    assert await run_jobs(note_down) == 1  # at once, without a pause
    assert await noted() == ["one"]


async def test_a_frozen_worker_loses_its_job_and_its_effect_happens_once(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    await enqueue("one")
    go = tmp_path / "go"
    environment = {**environment, "WAIT_FOR": str(go), "TIMEOUT": "2", "BEYOND": "0.1"}
    with running(WORKER, environment=environment) as worker:
        await read_until(worker, "in one")
        worker.send_signal(signal.SIGSTOP)
        go.touch()
        while not await noted():
            await make_due()
            await run_jobs(note_down)
            await asyncio.sleep(0.05)
        worker.send_signal(signal.SIGCONT)
        worker.terminate()
        assert await ended(worker) == 0
    assert (await noted(), await count_waiting()) == (["one"], 0)
