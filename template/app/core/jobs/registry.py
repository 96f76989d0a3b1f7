"""Declaring a job, and enqueuing it.

    class Rename(BaseModel):
        user_id: UUID

    @job(name="rename_files", attempts=5)
    async def rename_files(session: AsyncSession, payload: Rename) -> None: ...

    module = Module(name="files", jobs=(rename_files,))

    await rename_files.enqueue(session, Rename(user_id=user.id))

A job that calls another service is declared with `leased=True`: it holds no connection until its
first statement, nor after `await release_connection(session)` (app.core.db).

The queue is a transactional outbox: a job exists once the transaction that enqueues it is
committed. The changes that a job makes with its session are committed together with its completion,
so they are made exactly once; it must not commit. Effects elsewhere (an email, a call) are made at
least once: send an idempotency key along.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar, cast, get_type_hints

from pydantic import BaseModel
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.context import current_request
from app.core.jobs.models import QueuedJob, State
from app.core.jobs.notify import notify_after_commit
from app.core.module import Module

PayloadT = TypeVar("PayloadT", bound=BaseModel)
Handler = Callable[[AsyncSession, PayloadT], Awaitable[None]]


class Retry(Exception):
    """Raised in a job to reschedule it; this does not count as an attempt."""

    def __init__(self, *, after: float) -> None:
        """Take the delay.

        Args:
            after: Seconds until the next attempt.
        """
        super().__init__(f"after {after} s")
        self.after = after


class PermanentFailure(Exception):
    """Raised in a job that no retry can complete, with the reason; it becomes a dead letter."""


@dataclass(frozen=True, slots=True)
class Job(Generic[PayloadT]):
    """A declared job.

    Attributes:
        name: The name in the queue; the same in every version of the code.
        attempts: The number of attempts before it becomes a dead letter.
        timeout: The longest that one attempt may take, in seconds.
        leased: Whether a lease keeps other workers from the job, in place of a lock.
        payload: The type of its argument.
        handler: The function that runs.
    """

    name: str
    attempts: int
    timeout: float
    leased: bool
    payload: type[PayloadT]
    handler: Handler[PayloadT]

    async def enqueue(
        self,
        session: AsyncSession,
        payload: PayloadT,
        *,
        key: str | None = None,
        delay: timedelta = timedelta(),
    ) -> bool:
        """Run the job after the session's transaction is committed.

        Args:
            session: The transaction that the job belongs to.
            payload: The argument.
            key: The idempotency key: a second job with the same key is dropped, also for
                `JOBS_KEY_DAYS` after the first one completed.
            delay: The time to wait before the first attempt.

        Returns:
            Whether the job is new: `False` if the key was in use.

        Raises:
            ValueError: The payload does not survive storage as JSON, such as a `SecretStr`.
        """
        stored = payload.model_dump(mode="json")
        if self.payload.model_validate(stored) != payload:
            message = f"a payload of {self.name} is different after storage as JSON"
            raise ValueError(message)
        request = current_request()
        values = {
            "name": self.name,
            "key": key,
            "payload": stored,
            "state": State.WAITING,
            "due_at": func.statement_timestamp() + delay,
            "request_id": request.request_id if request else None,
        }
        statement = insert(QueuedJob).values(**values).on_conflict_do_nothing()
        added = await session.scalar(statement.returning(QueuedJob.id))
        notify_after_commit(session)
        return added is not None


def job(
    *, name: str, attempts: int = 8, timeout: float = 60, leased: bool = False
) -> Callable[[Handler[PayloadT]], Job[PayloadT]]:
    """Declare a function as a job.

    Args:
        name: The name in the queue; the same in every version of the code.
        attempts: The number of attempts, with pauses that grow from ten seconds to an hour.
        timeout: The longest that one attempt may take, in seconds.
        leased: For a job that calls other services. A lock holds a connection, and ends at once
            when its worker is killed; a lease holds none, and ends after the timeout.

    Returns:
        A decorator of `async def handler(session, payload)` with a Pydantic model as payload.
    """

    def declare(handler: Handler[PayloadT]) -> Job[PayloadT]:
        hints = get_type_hints(handler)
        payload = hints.get("payload")
        if not (isinstance(payload, type) and issubclass(payload, BaseModel)):
            message = f"job({name!r}): the second parameter must be `payload`, a Pydantic model"
            raise TypeError(message)
        return Job(name, attempts, timeout, leased, cast("type[PayloadT]", payload), handler)

    return declare


def declared_jobs(modules: Iterable[Module]) -> dict[str, Job[Any]]:
    """Return the jobs of the modules by name.

    Raises:
        ValueError: Two jobs have the same name.
    """
    found: dict[str, Job[Any]] = {}
    for declared in (declared for module in modules for declared in module.jobs):
        if not isinstance(declared, Job) or declared.name in found:
            message = f"jobs: {declared.name!r} is declared twice, or not with @job"
            raise ValueError(message)
        found[declared.name] = declared
    return found
