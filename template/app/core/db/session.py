"""The engine, the session factories and the sessions of a request.

    @router.post("", …)
    async def create_note(session: Session, note: NoteIn) -> …:  # one transaction
        return DataResponse(await notes.create_note(session, note))

    @router.get("/{note_id}", …)
    async def read_note(session: ReadSession, note_id: UUID) -> …:  # no transaction

    async with AsyncSessionLocal.begin() as session:  # outside a request: a command, a job
        await notes.delete_old_notes(session)

A request has one session and one transaction. It is committed before the response is sent, so the
client sees a commit that fails, and rolled back on any error; it is closed when the response is
sent: `app.core.db.batches` reads a long result while its body is sent. A `ReadSession` opens no
transaction, which saves two round trips, and refuses to write; see `app.core.db.reading`. A request
that writes by one statement, such as a webhook, may need no session: see `execute_alone`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import CursorResult, Executable, Result, Text, bindparam, event, func, select, true
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.orm import Session as SyncSession

from app.core.context import time_database
from app.core.database_url import parse_database_url
from app.core.db.connecting import RetryingConnector
from app.core.db.connections import READ_ONLY, attach_connection_hooks, connection_with_limits
from app.core.db.reading import ReadOnlySession
from app.core.services import get
from app.settings import Pooler, Settings

_HAS_WRITTEN = "has_written"


AsyncSessionLocal = async_sessionmaker[AsyncSession](
    expire_on_commit=False,
    close_resets_only=False,  # a closed session that is used again would keep a connection
    execution_options={READ_ONLY: False},  # explicit: tests share a connection with read sessions
)
"""The session factory of requests, commands, jobs and tests; bound while the database is open."""

ReadSessionLocal = async_sessionmaker[ReadOnlySession](
    class_=ReadOnlySession,
    expire_on_commit=False,
    close_resets_only=False,
    execution_options={READ_ONLY: True},
)
"""The factory of read sessions; bound together with `AsyncSessionLocal`."""


def create_engine(settings: Settings) -> AsyncEngine:
    """Create the engine from the settings, without connecting.

    Raises:
        ValueError: The database URL is missing or is not one of PostgreSQL.
    """
    if settings.database_url is None:
        message = "DATABASE_URL is not set; run `make dev` to start an embedded PostgreSQL"
        raise ValueError(message)
    url, connect_args = parse_database_url(settings.database_url.get_secret_value())
    if settings.database_pooler is Pooler.TRANSACTION:
        connect_args |= {"prepared_statement_cache_size": 0, "statement_cache_size": 0}
    engine = create_async_engine(
        url,
        connect_args=connect_args
        | {
            "async_creator_fn": RetryingConnector(seconds=settings.database_connect_seconds),
            "command_timeout": settings.database_statement_timeout_seconds,
            "connection_class": connection_with_limits(
                # A second more than command_timeout: it only acts when this process has died.
                statement_timeout=settings.database_statement_timeout_seconds + 1,
                lock_timeout=settings.database_lock_timeout_seconds,
                idle_in_transaction_session_timeout=settings.database_idle_timeout_seconds,
            ),
        },
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_overflow,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_recycle=settings.database_pool_recycle_seconds,
        # For the read sessions. SQLAlchemy sets an isolation level at every checkout that asks
        # for another than the engine's, so the more frequent kind of session gets the default.
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    attach_connection_hooks(engine)
    return engine


def transactional(engine: AsyncEngine) -> AsyncEngine:
    """Return a view of the engine, on the same pool, that opens transactions."""
    return engine.execution_options(isolation_level="READ COMMITTED")


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Bind the session factories while the service runs, then close every connection.

    Args:
        settings: The address of the database, the pool's size and the time limits.

    Yields:
        The engine of the sessions.
    """
    engine = create_engine(settings)
    previous = AsyncSessionLocal.kw["bind"], ReadSessionLocal.kw["bind"]
    AsyncSessionLocal.configure(bind=transactional(engine))
    ReadSessionLocal.configure(bind=engine)
    try:
        yield engine
    finally:
        AsyncSessionLocal.configure(bind=previous[0])
        ReadSessionLocal.configure(bind=previous[1])
        await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    """Open the session of a request; commit when the endpoint returns, roll back when it raises.

    Yields:
        The session. Services flush it; nothing else commits it.
    """
    session = AsyncSessionLocal()
    try:
        yield session
        with time_database(queries=0):
            await session.commit()
    except BaseException:
        async with session:  # rolls back, even if the request is cancelled
            raise
    # The commit has given the connection back, so closing does not wait for the database, and
    # needs neither the task nor the greenlet of `async with`.
    session.sync_session.close()


async def get_read_session() -> ReadOnlySession:
    """Return the session of a request that only reads. It keeps nothing that had to be closed."""
    return ReadSessionLocal()


# scope="function" ends the dependency, and so commits, before the response is sent.
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
ReadSession = Annotated[ReadOnlySession, Depends(get_read_session)]


async def execute_core(
    session: AsyncSession, statement: Executable, values: Mapping[str, Any]
) -> CursorResult[Any]:
    """Execute a statement in the transaction of a session, without the ORM's work on each row.

    Args:
        session: The session.
        statement: A statement without entities to load, built once.
        values: The values of its parameters.
    """

    def send(session: SyncSession) -> CursorResult[Any]:
        return session.connection().execute(statement, values)

    return await session.run_sync(send)


def _lock_timeout() -> str:
    return f"{get(Settings).database_lock_timeout_seconds * 1000:.0f}ms"


LOCK_TIMEOUT = select(
    func.set_config("lock_timeout", bindparam(None, callable_=_lock_timeout, type_=Text), true())
).cte("lock_timeout")
"""The limit of `BEGIN` for a statement of `execute_alone`: the part that locks selects from it."""


async def execute_alone(statement: Executable, values: Mapping[str, Any]) -> Result[Any]:
    """Execute a statement as a transaction of its own: one round trip in place of three.

    For a request that writes by one statement, often: all of it takes effect, or nothing does. Its
    time is limited as that of a read session, and its waits for locks by `LOCK_TIMEOUT`.

    Args:
        statement: Selects columns from parts that write.
        values: The values of its parameters.
    """
    session = ReadSessionLocal()
    return await session.execute(statement, values, execution_options={READ_ONLY: False})


class UncommittedChangesError(RuntimeError):
    """A session with changes or a lock in its transaction was to give its connection back."""


def forbid_release(session: AsyncSession) -> None:
    """Make `release_connection` refuse until the transaction ends, since it holds a lock."""
    session.info[_HAS_WRITTEN] = True


async def release_connection(session: AsyncSession) -> None:
    """End the transaction of a session that has only read, and give its connection back.

        await release_connection(session)
        response = await client.request(…)  # no connection waits while the other service responds

    The next statement begins another transaction; objects that were read stay readable.

    Raises:
        UncommittedChangesError: The session has changes, which would be lost; the text of a
            statement in SQL counts as one.
    """
    pending = session.new or session.dirty or session.deleted
    if pending or session.info.get(_HAS_WRITTEN):
        message = (
            "the session has changes, or holds the lock of a job or an idempotency key: call the "
            "other service before the changes, and declare leased=True or lease="
        )
        raise UncommittedChangesError(message)
    await session.reset()  # close() would end the session for good


@event.listens_for(SyncSession, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if not state.is_select:
        state.session.info[_HAS_WRITTEN] = True


@event.listens_for(SyncSession, "after_flush")
def _note_flush(session: SyncSession, _context: object) -> None:
    session.info[_HAS_WRITTEN] = True


@event.listens_for(SyncSession, "after_transaction_end")
def _forget_writes(session: SyncSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_HAS_WRITTEN, None)
