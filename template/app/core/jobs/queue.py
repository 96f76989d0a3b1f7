"""The queue: beginning an attempt at a job, and what becomes of it.

A worker begins an attempt in a transaction of its own, which counts it and puts the next one off:
whatever kills the worker from then on, the job comes again by itself. The attempt is a second
transaction, which locks the job, has its effect and ends the job, all or nothing. So no two do one
job at once, and nobody has to notice that a worker is gone: its lock goes with its connection.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, SQLColumnExpression, delete, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.session import AsyncSessionLocal
from app.core.jobs.models import QueuedJob, State

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 10, 3600
PAUSES_GROW_BY = 3
FORGOTTEN_AT_ONCE = 1000
UNKNOWN_NAMED_AT_ONCE = 20


class AttemptSuperseded(Exception):
    """Another worker has the job, or it is done already."""


async def begin_attempt(names: Collection[str]) -> QueuedJob | None:
    """Begin an attempt at the job that has been due for longest, and return it as it is then.

    Args:
        names: The jobs that this version of the code knows; others stay for those who do.
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
    """Keep everybody else from the job until the session's transaction ends.

    Args:
        session: The transaction of the attempt.
        attempt: Which one.
        idle_seconds: How long the transaction may do nothing before the database ends it, so that
            a worker that froze does not hold its job for ever.

    Raises:
        AttemptSuperseded: Somebody else has it.
    """
    limit = f"{round(idle_seconds * 1000)}ms"
    mine = (
        select(QueuedJob.id, func.set_config("idle_in_transaction_session_timeout", limit, True))  # noqa: FBT003 - set_config has no names
        .where(*_is_at(attempt))
        .with_for_update(skip_locked=True)
    )
    if (await session.execute(mine)).one_or_none() is None:
        raise AttemptSuperseded


async def end_job(session: AsyncSession, attempt: QueuedJob, *, keep_key_for: timedelta) -> None:
    """Note, in the transaction of the effect, that the job is done.

    Raises:
        AttemptSuperseded: The lock was lost, and somebody else has the job.
    """
    if attempt.key is None:
        ended = delete(QueuedJob).where(*_is_at(attempt)).returning(QueuedJob.id)
    else:
        values = {"state": State.DONE, "payload": null(), "due_at": _after(keep_key_for)}
        ended = update(QueuedJob).where(*_is_at(attempt)).values(values).returning(QueuedJob.id)
    if await session.scalar(ended) is None:
        raise AttemptSuperseded


async def schedule_retry(attempt: QueuedJob, *, error: str) -> None:
    """Leave the job for another attempt after a pause that grows."""
    pause = _after_pause(QueuedJob.attempts - 1)
    await _change(attempt, due_at=pause, error=error[:200])


async def reschedule(attempt: QueuedJob, *, seconds: float) -> None:
    """Leave the job for later, as if this attempt had not been."""
    later = _after(timedelta(seconds=seconds)) if seconds else func.statement_timestamp()
    await _change(attempt, attempts=QueuedJob.attempts - 1, due_at=later)


async def mark_dead(attempt: QueuedJob, *, error: str) -> None:
    """Give the job up; it stays until somebody has it tried again."""
    await _change(attempt, state=State.DEAD, due_at=func.statement_timestamp(), error=error[:200])


async def seconds_until_due(names: Collection[str]) -> float | None:
    """Return when the next job will be due that is not yet, `None` if there is none."""
    now = func.statement_timestamp()
    wait = func.extract("epoch", func.min(QueuedJob.due_at) - now)
    later = (QueuedJob.state == State.WAITING, QueuedJob.due_at > now, QueuedJob.name.in_(names))
    async with AsyncSessionLocal.begin() as session:
        seconds = await session.scalar(select(wait).where(*later))
    return None if seconds is None else float(seconds)


async def find_unknown(names: Collection[str]) -> Sequence[str]:
    """Return the names of jobs that are due and unknown to this version of the code."""
    unknown = (
        select(QueuedJob.name)
        .where(*_is_due(), QueuedJob.name.not_in(names))
        .distinct()
        .order_by(QueuedJob.name)
        .limit(UNKNOWN_NAMED_AT_ONCE)
    )
    async with AsyncSessionLocal.begin() as session:
        return (await session.scalars(unknown)).all()


async def find_dead(session: AsyncSession, *, limit: int) -> Sequence[QueuedJob]:
    """Return jobs that were given up, the oldest first."""
    dead = (
        select(QueuedJob)
        .where(QueuedJob.state == State.DEAD)
        .order_by(QueuedJob.due_at, QueuedJob.id)
        .limit(limit)
    )
    return (await session.scalars(dead)).all()


async def requeue(session: AsyncSession, *, only: UUID | None = None) -> int:
    """Have jobs that were given up tried again from the first attempt.

    Args:
        session: Commit it.
        only: One of them; all of them by default.

    Returns:
        How many there were.
    """
    dead = [QueuedJob.state == State.DEAD, *([QueuedJob.id == only] if only else [])]
    values = {"state": State.WAITING, "attempts": 0, "due_at": func.statement_timestamp()}
    revived = update(QueuedJob).where(*dead).values(values).returning(QueuedJob.id)
    return len((await session.scalars(revived)).all())


async def forget_done(session: AsyncSession) -> int:
    """Delete jobs that are done and have kept their key long enough, a thousand at most."""
    expired = (
        select(QueuedJob.id)
        .where(QueuedJob.state == State.DONE, QueuedJob.due_at <= func.statement_timestamp())
        .limit(FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    forgotten = delete(QueuedJob).where(QueuedJob.id.in_(expired)).returning(QueuedJob.id)
    return len((await session.scalars(forgotten)).all())


async def _change(attempt: QueuedJob, **values: object) -> None:
    """Change the job, unless another attempt has begun."""
    async with AsyncSessionLocal.begin() as session:
        await session.execute(update(QueuedJob).where(*_is_at(attempt)).values(values))


def _is_due() -> tuple[ColumnElement[bool], ...]:
    return QueuedJob.state == State.WAITING, QueuedJob.due_at <= func.statement_timestamp()


def _is_at(attempt: QueuedJob) -> tuple[ColumnElement[bool], ...]:
    return (
        QueuedJob.id == attempt.id,
        QueuedJob.attempts == attempt.attempts,
        QueuedJob.state == State.WAITING,
    )


def _after(pause: timedelta) -> ColumnElement[Any]:
    """Return a time from now on, up to a quarter later, lest all that wait come at once."""
    return func.statement_timestamp() + pause * (1 + func.random(type_=Float) / 4)


def _after_pause(failures: SQLColumnExpression[int]) -> ColumnElement[Any]:
    """Return when to try again: after 10, 30, 90 seconds, and so on up to an hour."""
    grown = FIRST_PAUSE_SECONDS * func.power(PAUSES_GROW_BY, func.least(failures, 10))
    seconds = func.least(grown, LONGEST_PAUSE_SECONDS) * (1 + func.random(type_=Float) / 4)
    return func.statement_timestamp() + timedelta(seconds=1) * seconds
