"""Declaring a job, and asking for it.

    class Rename(Input):
        user_id: UUID

    @job(name="rename_files", attempts=5)
    async def rename_files(session: AsyncSession, payload: Rename) -> None: ...

    module = Module(name="files", jobs=(rename_files,))

    await rename_files.enqueue(session, Rename(user_id=user.id))

A job is there when the transaction that asks for it is committed, and not at all if that is rolled
back. What it changes with its session is committed together with the note that it is done, so that
this happens once, whatever is killed in between; so it does not commit by itself. What it does
elsewhere (a mail, a call) may happen again after an accident: send a key along that says so.
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
    """Raised in a job to put it off; this does not count as an attempt."""

    def __init__(self, *, after: float) -> None:
        """Say for how long.

        Args:
            after: Seconds.
        """
        super().__init__(f"after {after} s")
        self.after = after


class PermanentFailure(Exception):
    """Raised in a job that is pointless to try again, with the reason: it is dead at once."""


@dataclass(frozen=True, slots=True)
class Job(Generic[PayloadT]):
    """A declared job.

    Attributes:
        name: What it is called in the database; stays the same in every version of the code.
        attempts: How often it is tried.
        timeout: How many seconds one attempt may take.
        payload: What it is given.
        handler: What does it.
    """

    name: str
    attempts: int
    timeout: float
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
        """Have the job done, once the session's transaction is committed.

        Args:
            session: The transaction that the job belongs to.
            payload: What to give it.
            key: Names the operation: the same key twice is one job, also when the first one was
                done already, for `JOBS_KEY_DAYS`.
            delay: How long to wait before.

        Returns:
            Whether it is a new one: `False` if there was one with this key.

        Raises:
            ValueError: The payload would not come back as it is, as one that holds a `SecretStr`.
        """
        stored = payload.model_dump(mode="json")
        if self.payload.model_validate(stored) != payload:
            message = f"a payload of {self.name} is not the same once it was stored"
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
    *, name: str, attempts: int = 8, timeout: float = 60
) -> Callable[[Handler[PayloadT]], Job[PayloadT]]:
    """Declare a function to be a job; see above.

    Args:
        name: What it is called in the database; stays the same in every version of the code.
        attempts: How often it is tried, after pauses that grow from ten seconds to an hour.
        timeout: How many seconds one attempt may take.

    Returns:
        A decorator of `async def handler(session, payload)`, whose payload is a Pydantic model.
    """

    def declare(handler: Handler[PayloadT]) -> Job[PayloadT]:
        hints = get_type_hints(handler)
        payload = hints.get("payload")
        if not (isinstance(payload, type) and issubclass(payload, BaseModel)):
            message = f"job({name!r}): its second parameter is `payload`, a Pydantic model"
            raise TypeError(message)
        return Job(name, attempts, timeout, cast("type[PayloadT]", payload), handler)

    return declare


def declared_jobs(modules: Iterable[Module]) -> dict[str, Job[Any]]:
    """Return the jobs of the modules, by name.

    Raises:
        ValueError: Two have one name.
    """
    found: dict[str, Job[Any]] = {}
    for declared in (declared for module in modules for declared in module.jobs):
        if not isinstance(declared, Job) or declared.name in found:
            message = f"jobs: {declared.name!r} is there twice, or was not declared with @job"
            raise ValueError(message)
        found[declared.name] = declared
    return found
