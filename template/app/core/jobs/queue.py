"""The statements of the queue: beginning an attempt at a job, and storing its outcome.

A worker begins an attempt in a transaction of its own, which counts it and schedules the next one:
if the worker is killed from then on, the job is retried. The attempt is a second transaction, which
locks the row, runs the handler and completes the job, all or nothing. So a job never runs twice at
the same time, and a dead worker needs no detection: its lock ends with its connection.

The attempt at a leased job holds no lock and no connection. The next one begins when its lease has
ended; from then on it cannot complete the job.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, SQLColumnExpression, delete, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.session import AsyncSessionLocal, forbid_release
from app.core.jobs.models import QueuedJob, State

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 10, 3600
BACKOFF_FACTOR = 3
PURGED_AT_ONCE = 1000
MAX_UNKNOWN_NAMES = 20


class AttemptSuperseded(Exception):
    """A newer attempt runs, or the job is complete."""


async def begin_attempt(names: Collection[str]) -> QueuedJob | None:
    """Begin an attempt at the job that has been due the longest, and return its row.

    Args:
        names: The jobs that this version of the code declares; others are left to workers that do.
    """
    due = (
        select(QueuedJob.id)
        .where(*_is_due(), QueuedJob.name.in_(names))
        .order_by(QueuedJob.due_at, QueuedJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    begun = (
        update(QueuedJob)
        .where(QueuedJob.id == due.scalar_subquery())
        .values(attempts=QueuedJob.attempts + 1, due_at=_after_pause(QueuedJob.attempts))
        .returning(QueuedJob)
    )
    async with AsyncSessionLocal.begin() as session:
        job: QueuedJob | None = await session.scalar(begun)
        return job


async def lock_job(session: AsyncSession, attempt: QueuedJob, *, idle_seconds: float) -> None:
    """Lock a job until the session's transaction ends.

    Args:
        session: The transaction of the attempt.
        attempt: The attempt.
        idle_seconds: The idle time after which the database ends the transaction, so that a frozen
            worker does not hold its job for ever.

    Raises:
        AttemptSuperseded: Another worker has the job.
    """
    limit = f"{round(idle_seconds * 1000)}ms"
    locked = (
        select(QueuedJob.id, func.set_config("idle_in_transaction_session_timeout", limit, True))  # noqa: FBT003 - set_config takes no keywords
        .where(*_is_current(attempt))
        .with_for_update(skip_locked=True)
    )
    if (await session.execute(locked)).one_or_none() is None:
        raise AttemptSuperseded
    forbid_release(session)


async def lease_job(attempt: QueuedJob, *, seconds: float) -> None:
    """Keep other workers from a job for some time, without a transaction that stays open.

    Raises:
        AttemptSuperseded: Another worker has the job.
    """
    lease = update(QueuedJob).where(*_is_current(attempt)).values(due_at=_after_exactly(seconds))
    async with AsyncSessionLocal.begin() as session:
        if await session.scalar(lease.returning(QueuedJob.id)) is None:
            raise AttemptSuperseded


async def complete_job(
    session: AsyncSession, attempt: QueuedJob, *, keep_key_for: timedelta
) -> None:
    """Complete a job, in the transaction of its effect.

    Raises:
        AttemptSuperseded: The lock was lost, and another worker has the job.
    """
    if attempt.key is None:
        ended = delete(QueuedJob).where(*_is_current(attempt)).returning(QueuedJob.id)
    else:
        values = {"state": State.DONE, "payload": null(), "due_at": _after(keep_key_for)}
        ended = (
            update(QueuedJob).where(*_is_current(attempt)).values(values).returning(QueuedJob.id)
        )
    if await session.scalar(ended) is None:
        raise AttemptSuperseded


async def schedule_retry(attempt: QueuedJob, *, error: str) -> None:
    """Schedule another attempt, with exponential backoff."""
    pause = _after_pause(QueuedJob.attempts - 1)
    await _change(attempt, due_at=pause, error=error[:200])


async def reschedule(attempt: QueuedJob, *, seconds: float) -> None:
    """Schedule the job for later without counting this attempt."""
    later = _after(timedelta(seconds=seconds)) if seconds else func.statement_timestamp()
    await _change(attempt, attempts=QueuedJob.attempts - 1, due_at=later)


async def mark_dead(attempt: QueuedJob, *, error: str) -> None:
    """Make the job a dead letter, which stays until it is requeued."""
    await _change(attempt, state=State.DEAD, due_at=func.statement_timestamp(), error=error[:200])


async def seconds_until_due(names: Collection[str]) -> float | None:
    """Return the seconds until the next scheduled job is due, `None` if there is none."""
    now = func.statement_timestamp()
    wait = func.extract("epoch", func.min(QueuedJob.due_at) - now)
    later = (QueuedJob.state == State.WAITING, QueuedJob.due_at > now, QueuedJob.name.in_(names))
    async with AsyncSessionLocal.begin() as session:
        seconds = await session.scalar(select(wait).where(*later))
    return None if seconds is None else float(seconds)


async def find_unknown(names: Collection[str]) -> Sequence[str]:
    """Return the names of due jobs that this version of the code does not declare."""
    unknown = (
        select(QueuedJob.name)
        .where(*_is_due(), QueuedJob.name.not_in(names))
        .distinct()
        .order_by(QueuedJob.name)
        .limit(MAX_UNKNOWN_NAMES)
    )
    async with AsyncSessionLocal.begin() as session:
        return (await session.scalars(unknown)).all()


async def find_dead(session: AsyncSession, *, limit: int) -> Sequence[QueuedJob]:
    """Return dead letters, oldest first."""
    dead = (
        select(QueuedJob)
        .where(QueuedJob.state == State.DEAD)
        .order_by(QueuedJob.due_at, QueuedJob.id)
        .limit(limit)
    )
    return (await session.scalars(dead)).all()


async def requeue(session: AsyncSession, *, only: UUID | None = None) -> int:
    """Requeue dead letters, starting again at the first attempt.

    Args:
        session: The transaction, which the caller commits.
        only: The id of one dead letter; all of them by default.

    Returns:
        The number of jobs requeued.
    """
    dead = [QueuedJob.state == State.DEAD, *([QueuedJob.id == only] if only else [])]
    values = {"state": State.WAITING, "attempts": 0, "due_at": func.statement_timestamp()}
    requeued = update(QueuedJob).where(*dead).values(values).returning(QueuedJob.id)
    return len((await session.scalars(requeued)).all())


async def purge_done_jobs(session: AsyncSession) -> int:
    """Delete up to a thousand completed jobs whose keys have expired, and return their number."""
    expired = (
        select(QueuedJob.id)
        .where(QueuedJob.state == State.DONE, QueuedJob.due_at <= func.statement_timestamp())
        .limit(PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    deleted = delete(QueuedJob).where(QueuedJob.id.in_(expired)).returning(QueuedJob.id)
    return len((await session.scalars(deleted)).all())


async def _change(attempt: QueuedJob, **values: object) -> None:
    """Change the job, unless a newer attempt has begun."""
    async with AsyncSessionLocal.begin() as session:
        await session.execute(update(QueuedJob).where(*_is_current(attempt)).values(values))


def _is_due() -> tuple[ColumnElement[bool], ...]:
    return QueuedJob.state == State.WAITING, QueuedJob.due_at <= func.statement_timestamp()


def _is_current(attempt: QueuedJob) -> tuple[ColumnElement[bool], ...]:
    return (
        QueuedJob.id == attempt.id,
        QueuedJob.attempts == attempt.attempts,
        QueuedJob.state == State.WAITING,
    )


def _after_exactly(seconds: float) -> ColumnElement[Any]:
    return func.statement_timestamp() + timedelta(seconds=seconds)


def _after(pause: timedelta) -> ColumnElement[Any]:
    """Return a time after a pause, with up to a quarter of it as jitter."""
    return func.statement_timestamp() + pause * (1 + func.random(type_=Float) / 4)


def _after_pause(failures: SQLColumnExpression[int]) -> ColumnElement[Any]:
    """Return the time of the next attempt: after 10, 30, 90 seconds, and so on up to an hour."""
    grown = FIRST_PAUSE_SECONDS * func.power(BACKOFF_FACTOR, func.least(failures, 10))
    seconds = func.least(grown, MAX_PAUSE_SECONDS) * (1 + func.random(type_=Float) / 4)
    return func.statement_timestamp() + timedelta(seconds=1) * seconds
