"""The engine, the one session factory, and the session that each request gets.

A request has one session and one transaction. It is committed before the answer is sent, so a
commit that fails is seen by the client, and rolled back on any error. A route that only reads takes
a `ReadSession`: no transaction is opened, which saves two round trips, and a write is refused.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session as SyncSession

from app.core.context import time_database
from app.core.database_url import parse_database_url
from app.core.db.connecting import RetryingConnector
from app.core.db.connections import (
    READ_ONLY,
    WriteInReadSessionError,
    limited_connection,
    watch_connections,
)
from app.settings import Pooler, Settings


class ReadOnlySyncSession(SyncSession):
    """Refuses to write: its statements run in AUTOCOMMIT, so nothing could be rolled back."""


class ReadOnlySession(AsyncSession):
    """A session without a transaction, for routes that only read."""

    sync_session_class = ReadOnlySyncSession


AsyncSessionLocal = async_sessionmaker[AsyncSession](
    expire_on_commit=False,
    execution_options={READ_ONLY: False},  # said, since tests share a connection with read sessions
)
"""The session factory. Bound while the database is open; scripts, jobs and tests use it too."""

ReadSessionLocal = async_sessionmaker[ReadOnlySession](
    class_=ReadOnlySession, expire_on_commit=False, execution_options={READ_ONLY: True}
)
"""The factory of read sessions, bound and unbound together with `AsyncSessionLocal`."""


def create_engine(settings: Settings) -> AsyncEngine:
    """Make the engine that the settings describe. Nothing is connected yet.

    Its connections are in AUTOCOMMIT, for the read sessions: changing that costs time at every use,
    so the sessions that write do it, and `transactional` gives them their engine.

    Raises:
        ValueError: The database's address is missing or no PostgreSQL address.
    """
    if settings.database_url is None:
        message = "DATABASE_URL is not set; `make dev` starts a PostgreSQL of its own"
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
            "connection_class": limited_connection(
                # a second later than our own limit: for when we are no more
                statement_timeout=settings.database_statement_timeout_seconds + 1,
                lock_timeout=settings.database_lock_timeout_seconds,
                idle_in_transaction_session_timeout=settings.database_idle_timeout_seconds,
            ),
        },
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_overflow,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_recycle=settings.database_pool_recycle_seconds,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    watch_connections(engine)
    return engine


def transactional(engine: AsyncEngine) -> AsyncEngine:
    """Return a view of the engine, on the same pool, whose connections open transactions."""
    return engine.execution_options(isolation_level="READ COMMITTED")


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Bind the session factories for as long as the service runs, then close every connection.

    Args:
        settings: Where the database is and how large the pool may be.

    Yields:
        The engine that the sessions use.
    """
    engine = create_engine(settings)
    before = AsyncSessionLocal.kw["bind"], ReadSessionLocal.kw["bind"]
    AsyncSessionLocal.configure(bind=transactional(engine))
    ReadSessionLocal.configure(bind=engine)
    try:
        yield engine
    finally:
        AsyncSessionLocal.configure(bind=before[0])
        ReadSessionLocal.configure(bind=before[1])
        await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    """Give a request its session; commit when the endpoint returns, roll back when it raises.

    Yields:
        The session. Services flush; nobody else commits.
    """
    async with AsyncSessionLocal() as session:
        yield session
        with time_database(queries=0):
            await session.commit()


async def get_read_session() -> AsyncIterator[ReadOnlySession]:
    """Give a request that only reads a session without a transaction.

    Yields:
        The session; it raises `WriteInReadSessionError` on a write.
    """
    async with ReadSessionLocal() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
ReadSession = Annotated[ReadOnlySession, Depends(get_read_session, scope="function")]


async def ping_database() -> None:
    """Ask the database for a sign of life; raises what the driver raises when there is none."""
    async with ReadSessionLocal() as session:
        await session.execute(text("select 1"))


@event.listens_for(ReadOnlySyncSession, "before_flush")
def _refuse_flush(session: SyncSession, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    if session.new or session.dirty or session.deleted:
        raise WriteInReadSessionError(WriteInReadSessionError.__doc__)
