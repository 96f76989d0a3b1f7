"""The module that runs jobs in the web process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.config import ConfigurationError
from app.core.jobs.queue import purge_done_jobs
from app.core.jobs.registry import declared_jobs
from app.core.jobs.settings import JobSettings
from app.core.jobs.worker import Worker
from app.core.module import Module, Modules
from app.core.services import get
from app.settings import Settings

IDLE_POLL_SECONDS = 3600.0
"""The slowest polling of an idle web process, so that it does not keep its database awake."""


def make_worker(*, idle_poll_seconds: float | None = None) -> Worker:
    """Return a worker for the jobs of every module.

    Args:
        idle_poll_seconds: See `Worker`.

    Raises:
        ValueError: Two jobs have the same name.
    """
    jobs = declared_jobs(get(Modules))
    return Worker(jobs, get(JobSettings), idle_poll_seconds=idle_poll_seconds)


def require_connections() -> None:
    """Check that the pool has a connection for each job that runs at the same time.

    Raises:
        ConfigurationError: It has fewer, so that attempts would fail for want of one.
    """
    jobs, settings = get(JobSettings).jobs_concurrency, get(Settings)
    connections = settings.database_pool_size + settings.database_pool_overflow
    if jobs > connections:
        message = (
            f"The service cannot start. JOBS_CONCURRENCY: {jobs} jobs at a time need more than the "
            f"{connections} connections of DATABASE_POOL_SIZE and DATABASE_POOL_OVERFLOW together."
        )
        raise ConfigurationError(message)


@asynccontextmanager
async def _run_worker(_app: FastAPI) -> AsyncIterator[None]:
    # Also where jobs run elsewhere: two of the same name stop the start.
    worker = make_worker(idle_poll_seconds=IDLE_POLL_SECONDS)
    if not get(JobSettings).runs_in_process:
        yield
        return
    require_connections()
    working = asyncio.create_task(worker.work())
    try:
        yield
    finally:
        worker.stop()
        await working


module = Module(name="jobs", run=_run_worker, settings=JobSettings, purge=purge_done_jobs)
