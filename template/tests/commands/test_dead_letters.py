"""The command that lists the jobs that were given up, and has them tried again."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.commands import dead_letters
from app.core.db import AsyncSessionLocal
from app.core.jobs.models import QueuedJob, State
from tests.core.jobs.probes import Note, note_down, noted
from tests.core.jobs.running import run_jobs
from tests.processes import run_module

pytestmark = pytest.mark.usefixtures("tables", "committed_database")


async def store_dead(*names: str) -> list[str]:
    """Return the ids of jobs that were given up in this order."""
    ids: list[str] = []
    async with AsyncSessionLocal.begin() as session:
        for name in names:
            await note_down.enqueue(session, Note(name=name))
            job = await session.scalar(select(QueuedJob).order_by(QueuedJob.id.desc()).limit(1))
            assert job
            job.state, job.attempts, job.error = State.DEAD, 3, "ValueError"
            ids.append(str(job.id))
    return ids


async def run(engine: AsyncEngine, *arguments: str) -> tuple[int, str]:
    """Return the exit status and the output of the command."""
    environment = {"DATABASE_URL": engine.url.render_as_string(hide_password=False)}
    done = await asyncio.to_thread(
        run_module, "app.commands.dead_letters", *arguments, environment=environment
    )
    return done.returncode, done.stdout + done.stderr


async def test_dead_jobs_are_listed_without_their_payload(
    committed_database: AsyncEngine,
) -> None:
    assert await run(committed_database, "list") == (0, "There are no dead letters.\n")
    ids = await store_dead("hunter2", "two", "three")
    status, said = await run(committed_database, "list", "--limit", "2")
    assert status == 0
    assert [line.split()[:2] for line in said.splitlines()] == [
        [ids[0], "note_down"],
        [ids[1], "note_down"],
    ]
    assert "attempts=3" in said
    assert "ValueError" in said
    assert "hunter2" not in said


async def test_one_dead_job_is_tried_again(committed_database: AsyncEngine) -> None:
    ids = await store_dead("one", "two")
    assert await run(committed_database, "retry", ids[1]) == (0, "Requeued: 1.\n")
    assert await run(committed_database, "retry", ids[1]) == (1, "Requeued: 0.\n")
    assert await run(committed_database, "retry", str(uuid4())) == (1, "Requeued: 0.\n")
    await run_jobs(note_down)
    assert await noted() == ["two"]


async def test_all_dead_jobs_are_tried_again(committed_database: AsyncEngine) -> None:
    await store_dead("one", "two")
    assert await run(committed_database, "retry", "all") == (0, "Requeued: 2.\n")
    assert await run_jobs(note_down) == 2
    assert sorted(await noted()) == ["one", "two"]


@pytest.mark.parametrize("arguments", [[], ["retry"], ["retry", "x"], ["list", "--limit", "0"]])
def test_a_wrong_command_line_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        dead_letters.main(arguments)
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err
