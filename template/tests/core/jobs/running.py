"""Working off jobs within a test."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.core.database import AsyncSessionLocal
from app.core.jobs.declaring import Job, declared_jobs
from app.core.jobs.models import QueuedJob, State
from app.core.jobs.queue import begin_attempt
from app.core.jobs.running import run_attempt
from app.features import FEATURES
from app.modules import MODULES

KEEP_KEY_FOR = timedelta(days=7)


async def run_jobs(*more: Job[Any]) -> int:
    """Work off everything that is due, one after the other, in this process.

    Args:
        more: Jobs of the test itself, beside those of the service.

    Returns:
        How many attempts that took.
    """
    jobs = declared_jobs((*MODULES, *FEATURES)) | {job.name: job for job in more}
    count = 0
    while attempt := await begin_attempt(sorted(jobs)):
        await run_attempt(attempt, jobs[attempt.name], keep_key_for=KEEP_KEY_FOR)
        count += 1
    return count


async def make_due() -> None:
    """Let the pauses be over: whatever waits is due."""
    async with AsyncSessionLocal.begin() as session:
        waiting = update(QueuedJob).where(QueuedJob.state == State.WAITING)
        await session.execute(waiting.values(due_at=QueuedJob.created_at))
