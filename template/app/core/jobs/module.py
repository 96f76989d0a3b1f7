"""What jobs plug into the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.services import get
from app.core.email.backends import carry_mail_by
from app.core.email.delivery import carry_by_job, order_by_job, send_mail, write_mail
from app.core.jobs.queue import forget_done
from app.core.jobs.registry import declared_jobs
from app.core.jobs.settings import JobSettings
from app.core.jobs.worker import Worker
from app.core.mail_orders import orders_taken_by
from app.core.module import Module


def make_worker(app: FastAPI) -> Worker:
    """Return a worker for all jobs of the service."""
    return Worker(declared_jobs(app.state.modules), get(JobSettings))


@asynccontextmanager
async def _carry_mail(app: FastAPI) -> AsyncIterator[None]:
    declared_jobs(app.state.modules)  # two of one name stop the start
    with carry_mail_by(carry_by_job), orders_taken_by(order_by_job):
        yield


@asynccontextmanager
async def _work_in_process(app: FastAPI) -> AsyncIterator[None]:
    if not get(JobSettings).runs_in_process:
        yield
        return
    worker = make_worker(app)
    working = asyncio.create_task(worker.work())
    try:
        yield
    finally:
        worker.stop()
        await working


module = Module(
    name="jobs",
    open=_carry_mail,
    run=_work_in_process,
    settings=JobSettings,
    jobs=(send_mail, write_mail),
    purge=forget_done,
)
