"""Running one attempt at a job, and logging its outcome."""

import asyncio
from datetime import timedelta
from time import perf_counter
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError

from app.core.context import RequestContext, reset_current_request, set_current_request
from app.core.db.session import AsyncSessionLocal
from app.core.errors import BadGateway, GatewayTimeout, Unavailable
from app.core.jobs.models import QueuedJob
from app.core.jobs.queue import (
    AttemptSuperseded,
    complete_job,
    lease_job,
    lock_job,
    mark_dead,
    reschedule,
    schedule_retry,
)
from app.core.jobs.registry import Job, PermanentFailure, Retry

SECONDS_BEYOND_TIMEOUT = 30.0
"""The time after the timeout at which the database ends the transaction of a frozen worker."""

_OUTAGES = (BadGateway, GatewayTimeout, Unavailable)

log = structlog.get_logger()


async def run_attempt(attempt: QueuedJob, job: Job[Any], *, keep_key_for: timedelta) -> None:
    """Run an attempt at a job, and log one line about it.

    Args:
        attempt: The attempt, as `begin_attempt` returned it.
        job: The declaration of the job.
        keep_key_for: The time for which a completed job keeps its key.
    """
    started = perf_counter()
    token = set_current_request(RequestContext(attempt.request_id or str(attempt.id)))
    outcome, error = "abandoned", None  # unless the database could store an outcome
    try:
        outcome, error = await _run_to_outcome(attempt, job, keep_key_for=keep_key_for)
    except asyncio.CancelledError:
        await reschedule(attempt, seconds=0)
        outcome = "released"
        raise
    finally:
        write = {"failed": log.warning, "dead": log.error}.get(outcome, log.info)
        is_outage = isinstance(error, _OUTAGES)  # its place in the code explains nothing
        write(
            "job",
            name=attempt.name,
            id=str(attempt.id),
            attempt=attempt.attempts,
            ms=round((perf_counter() - started) * 1000, 3),
            outcome=outcome,
            **({"error": repr(error)} if is_outage else {"exc_info": error}),
        )
        reset_current_request(token)


async def _run_to_outcome(
    attempt: QueuedJob, job: Job[Any], *, keep_key_for: timedelta
) -> tuple[str, Exception | None]:
    """Return the outcome of the attempt, and the error if it was unexpected."""
    if attempt.attempts > job.attempts:  # every attempt was killed before it could store an outcome
        await mark_dead(attempt, error="WorkerKilled")
        return "dead", None
    try:
        async with asyncio.timeout(job.timeout):
            await _execute(attempt, job, keep_key_for=keep_key_for)
    except AttemptSuperseded:
        return "superseded", None
    except Retry as retry:
        await reschedule(attempt, seconds=retry.after)
        return "rescheduled", None
    except PermanentFailure as reason:
        await mark_dead(attempt, error=str(reason) or "PermanentFailure")
        return "dead", reason
    except Exception as error:  # noqa: BLE001 - any failure is logged and retried
        return await _fail(attempt, error, is_last=attempt.attempts == job.attempts)
    return "done", None


async def _fail(attempt: QueuedJob, error: Exception, *, is_last: bool) -> tuple[str, Exception]:
    name = type(error).__name__
    await (mark_dead if is_last else schedule_retry)(attempt, error=name)
    return "dead" if is_last else "failed", error


async def _execute(attempt: QueuedJob, job: Job[Any], *, keep_key_for: timedelta) -> None:
    """Run the handler and complete the job in one transaction."""
    limit = job.timeout + SECONDS_BEYOND_TIMEOUT
    async with AsyncSessionLocal() as session:
        if job.leased:
            await lease_job(attempt, seconds=limit)
        else:
            await lock_job(session, attempt, idle_seconds=limit)
        await job.handler(session, _read_payload(attempt, job))
        await complete_job(session, attempt, keep_key_for=keep_key_for)
        await session.commit()


def _read_payload(attempt: QueuedJob, job: Job[Any]) -> BaseModel:
    try:
        payload: BaseModel = job.payload.model_validate(attempt.payload)
    except ValidationError as error:
        fields = sorted({".".join(map(str, problem["loc"])) for problem in error.errors()})
        message = f"the payload of {job.name} is invalid in this version of the code: {fields}"
        raise ValueError(message) from None
    return payload
