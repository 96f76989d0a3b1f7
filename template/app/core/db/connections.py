"""What happens at a connection: its transactions get limits, its rests a check, all is timed."""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic, perf_counter
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

from app.core.context import add_database_time

IDLE_SECONDS_BEFORE_CHECK = 15
"""A connection that rested longer is checked before use. A check costs a round trip, so a busy one
is only asked whether it knows to be closed: what drops idle connections silently waits minutes."""

CHECK_SECONDS = 5
"""How long a check may take: what dropped the connection silently does not answer."""


READ_ONLY = "read_only"
"""The execution option of a session whose statements must not write."""


class WriteInReadSessionError(RuntimeError):
    """A route that declares `ReadSession` tried to write; declare `Session` instead."""


def watch_connections(engine: AsyncEngine) -> None:
    """Attach to an engine what this module does."""
    _check_idle_connections(engine)
    _watch_statements(engine)


def limited_connection(**limits: float) -> type[asyncpg.Connection]:
    """Return a class of connections whose transactions have limits, at no further round trip.

    A pooler takes no limits with the connection, and would give those of a session to others.

    Args:
        limits: Settings of PostgreSQL, in seconds.
    """
    words = [f"SET LOCAL {name} = {round(seconds * 1000)}" for name, seconds in limits.items()]
    suffix = " " + "; ".join(words)

    class LimitedConnection(asyncpg.Connection):
        async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ANN401, ASYNC109 - as asyncpg has it
            if query.startswith("BEGIN"):
                query += suffix
            status: str = await super().execute(query, *args, timeout=timeout)
            return status

    return LimitedConnection


def _check_idle_connections(engine: AsyncEngine) -> None:
    pool = engine.sync_engine.pool

    @event.listens_for(pool, "checkin")
    def note_time(_connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a driver's
        entry.info["rests_since"] = monotonic()

    @event.listens_for(pool, "checkout")
    def check(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - a driver's
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if monotonic() - entry.info.get("rests_since", monotonic()) < IDLE_SECONDS_BEFORE_CHECK:
            return
        try:  # by the simple protocol, which every pooler understands
            await_only(connection.driver_connection.execute("SELECT 1", timeout=CHECK_SECONDS))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DisconnectionError from error  # the pool opens another one


def _watch_statements(engine: AsyncEngine) -> None:
    """Time and count every statement, and refuse those that a read session must not send.

    This takes the place of the driver's call, at half the cost of the events before and after it.
    """
    for name in ("do_execute", "do_executemany"):
        event.listen(engine.sync_engine, name, _watched(getattr(engine.dialect, name)))


def _watched(execute: Callable[..., None]) -> Callable[..., bool]:
    def watch(cursor: object, sql: str, values: object, context: DefaultExecutionContext) -> bool:
        writes = context.isinsert or context.isupdate or context.isdelete
        if writes and context.execution_options.get(READ_ONLY):
            raise WriteInReadSessionError(WriteInReadSessionError.__doc__)
        started = perf_counter()
        try:
            execute(cursor, sql, values, context)
        except context.dialect.loaded_dbapi.Error:
            _end_what_was_begun(context)
            raise
        finally:
            add_database_time(perf_counter() - started, queries=1)
        return True  # it is done: SQLAlchemy need not

    return watch


def _end_what_was_begun(context: DefaultExecutionContext) -> None:
    """Let the database, and a pooler, off a statement that asyncpg parsed and could not fill in.

    Outside a transaction nothing else would, and its locks would stay until the next statement.
    """
    driver = context.root_connection.connection.driver_connection
    if driver and not (driver.is_closed() or driver.is_in_transaction()):
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await_only(driver.execute("SELECT 1", timeout=CHECK_SECONDS))
