"""The worker: runs due jobs until it is stopped."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import AppError
from app.core.jobs.executor import run_attempt
from app.core.jobs.models import QueuedJob
from app.core.jobs.notify import JobNotifier
from app.core.jobs.queue import begin_attempt, find_unknown, seconds_until_due
from app.core.jobs.registry import Job
from app.core.jobs.settings import JobSettings
from app.core.services import get

SECONDS_BETWEEN_WARNINGS = 60.0

log = structlog.get_logger()


class Worker:
    """Runs jobs, a bounded number at the same time."""

    def __init__(
        self,
        jobs: Mapping[str, Job[Any]],
        settings: JobSettings,
        *,
        idle_poll_seconds: float | None = None,
    ) -> None:
        """Prepare a worker.

        Args:
            jobs: The declared jobs by name.
            settings: The limits and intervals.
            idle_poll_seconds: The interval to which polling slows down while there are no jobs;
                by default it does not slow down.
        """
        self._idle_poll_seconds = idle_poll_seconds or settings.jobs_poll_seconds
        self._jobs = jobs
        self._names = sorted(jobs)
        self._settings = settings
        self._running: dict[asyncio.Task[None], str] = {}  # with the names of the jobs
        self._wake = asyncio.Event()
        self._stops = False
        self._next_warning = 0.0

    def stop(self) -> None:
        """Begin no more jobs; `work` returns when the running ones are done or released."""
        self._stops = True
        self._wake.set()

    async def work(self) -> None:
        """Run jobs until stopped. While the database is unavailable, keep polling."""
        log.info("worker_started", jobs=self._names)
        pause = self._settings.jobs_poll_seconds
        with get(JobNotifier).subscribed(self._wake):
            while not self._stops:
                self._wake.clear()
                until_due = inf
                try:
                    until_due = await self._begin_due_jobs()
                except (SQLAlchemyError, AppError, OSError) as error:
                    log.warning("worker_poll_failed", error=type(error).__name__)
                    pause = self._settings.jobs_poll_seconds
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(pause, until_due)):
                        await self._wake.wait()
                pause = self._next_pause(pause)
        await self._drain()
        log.info("worker_stopped")

    def _next_pause(self, pause: float) -> float:
        """Return the next interval of polling: twice the last one while there is nothing to do."""
        if self._wake.is_set() or self._running:
            return self._settings.jobs_poll_seconds
        return min(2 * pause, self._idle_poll_seconds)

    async def _begin_due_jobs(self) -> float:
        """Begin jobs while there are free slots, and return the seconds until one is due."""
        while len(self._running) < self._settings.jobs_concurrency:
            if self._stops:
                return 0
            names = self._startable()
            attempt = await begin_attempt(names)
            if attempt is None:
                await self._warn_about_unknown()
                seconds = await seconds_until_due(names)
                return inf if seconds is None else seconds
            task = asyncio.create_task(self._run(attempt))
            self._running[task] = attempt.name
            task.add_done_callback(self._on_done)
        return inf

    def _startable(self) -> list[str]:
        """Return the jobs that may begin: those of one name leave a slot to the others.

        They may all wait for the same service, which hangs.
        """
        if len(self._names) == 1:
            return self._names
        most = max(1, self._settings.jobs_concurrency - 1)
        running = Counter(self._running.values())
        return [name for name in self._names if running[name] < most]

    async def _run(self, attempt: QueuedJob) -> None:
        keep_key_for = timedelta(days=self._settings.jobs_key_days)
        try:
            await run_attempt(attempt, self._jobs[attempt.name], keep_key_for=keep_key_for)
        except Exception:
            log.exception("job_abandoned", id=str(attempt.id))  # it is retried

    def _on_done(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _warn_about_unknown(self) -> None:
        if monotonic() < self._next_warning:
            return
        self._next_warning = monotonic() + SECONDS_BETWEEN_WARNINGS
        if unknown := await find_unknown(self._names):
            log.warning("unknown_jobs", names=unknown)

    async def _drain(self) -> None:
        """Wait for running jobs until the grace period ends, then release them."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=self._settings.jobs_grace_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
