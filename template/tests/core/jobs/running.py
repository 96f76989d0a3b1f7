"""Working off jobs within a test."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.core.db import AsyncSessionLocal
from app.core.jobs import Job
from app.core.jobs.executor import run_attempt
from app.core.jobs.models import QueuedJob, State
from app.core.jobs.queue import begin_attempt
from app.core.jobs.registry import declared_jobs
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
    """End all pauses: every waiting job is due."""
    waiting = select(QueuedJob.id).where(QueuedJob.state == State.WAITING)
    free = waiting.with_for_update(skip_locked=True)
    due = update(QueuedJob).where(QueuedJob.id.in_(free)).values(due_at=QueuedJob.created_at)
    async with AsyncSessionLocal.begin() as session:
        await session.execute(due)
