"""The module that runs jobs in the web process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.jobs.queue import purge_done_jobs
from app.core.jobs.registry import declared_jobs
from app.core.jobs.settings import JobSettings
from app.core.jobs.worker import Worker
from app.core.module import Module, Modules
from app.core.services import get


def make_worker() -> Worker:
    """Return a worker for the jobs of every module.

    Raises:
        ValueError: Two jobs have the same name.
    """
    return Worker(declared_jobs(get(Modules)), get(JobSettings))


@asynccontextmanager
async def _run_worker(_app: FastAPI) -> AsyncIterator[None]:
    worker = make_worker()  # also where jobs run elsewhere: two of one name stop the start
    if not get(JobSettings).runs_in_process:
        yield
        return
    working = asyncio.create_task(worker.work())
    try:
        yield
    finally:
        worker.stop()
        await working


module = Module(name="jobs", run=_run_worker, settings=JobSettings, purge=purge_done_jobs)
