"""Hooks on the engine's connections: transaction limits, idle checks, timing, stale plans."""

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
from app.core.db.errors import is_stale_plan

IDLE_SECONDS_BEFORE_CHECK = 15
"""A connection that was idle for longer is checked before use. The check costs a round trip, so a
connection in steady use is only asked whether it is closed. Firewalls and poolers that drop idle
connections without closing them wait for minutes, so 15 seconds are early enough."""

CHECK_SECONDS = 5
"""The timeout of a check: a connection that was dropped silently never responds."""

READ_ONLY = "read_only"
"""The execution option of a session that must not write."""


class WriteInReadSessionError(RuntimeError):
    """A route that declares `ReadSession` tried to write; declare `Session` instead."""


class StreamInReadSessionError(RuntimeError):
    """A read session has no transaction for a cursor; use `app.core.db.batches.read_in_batches`."""


def attach_connection_hooks(engine: AsyncEngine) -> None:
    """Check idle connections of an engine; time, count and guard its statements."""
    _check_idle_connections(engine)
    _instrument_statements(engine)


def connection_with_limits(**limits: float) -> type[asyncpg.Connection]:
    """Return a connection class that sets limits for each transaction, at no extra round trip.

    Args:
        limits: PostgreSQL settings such as `lock_timeout`, in seconds.
    """
    # asyncpg sends BEGIN by the simple protocol, which takes several statements in one message:
    # the limits cost no round trip. They cannot be set once for the connection: a pooler in
    # transaction mode refuses them as startup parameters, and a plain SET would stay on a server
    # connection that another client gets next. SET LOCAL ends with the transaction.
    settings = [f"SET LOCAL {name} = {round(seconds * 1000)}" for name, seconds in limits.items()]
    suffix = " " + "; ".join(settings)

    class LimitedConnection(asyncpg.Connection):
        async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ANN401, ASYNC109 - as asyncpg has it
            if query.startswith("BEGIN"):
                query += suffix
            status: str = await super().execute(query, *args, timeout=timeout)
            return status

    return LimitedConnection


def _check_idle_connections(engine: AsyncEngine) -> None:
    """Replace connections that were closed, or that stopped responding while they were idle.

    SQLAlchemy's `pool_pre_ping` would do it with a round trip at every checkout.
    """
    pool = engine.sync_engine.pool

    @event.listens_for(pool, "checkin")
    def record_checkin(_connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a driver's
        entry.info["idle_since"] = monotonic()

    @event.listens_for(pool, "checkout")
    def check(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - a driver's
        if connection.driver_connection.is_closed():
            raise DisconnectionError  # the pool opens another one
        if monotonic() - entry.info.get("idle_since", monotonic()) < IDLE_SECONDS_BEFORE_CHECK:
            return
        try:  # without arguments: the simple protocol, which every pooler supports
            await_only(connection.driver_connection.execute("SELECT 1", timeout=CHECK_SECONDS))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DisconnectionError from error


def _instrument_statements(engine: AsyncEngine) -> None:
    """Time and count every statement, and refuse writes of read sessions."""
    # do_execute is the dialect's call of the cursor. A listener that returns True replaces it, so
    # one function measures, guards and executes; that costs half of a pair of
    # before_cursor_execute and after_cursor_execute, which also miss statements that fail.
    for name in ("do_execute", "do_executemany"):
        event.listen(engine.sync_engine, name, _instrumented(getattr(engine.dialect, name)))


def _instrumented(execute: Callable[..., None]) -> Callable[..., bool]:
    def run(cursor: object, sql: str, values: object, context: DefaultExecutionContext) -> bool:
        if context.execution_options.get(READ_ONLY):
            _refuse_in_read_session(context)
        started = perf_counter()
        try:
            _execute_with_new_plan(execute, cursor, sql, values, context)
        except context.dialect.loaded_dbapi.Error:
            _end_implicit_transaction(context)
            raise
        finally:
            add_database_time(perf_counter() - started, queries=1)
        return True  # executed: SQLAlchemy skips its own call

    return run


def _refuse_in_read_session(context: DefaultExecutionContext) -> None:
    if context.isinsert or context.isupdate or context.isdelete or _has_part_that_writes(context):
        raise WriteInReadSessionError(WriteInReadSessionError.__doc__)
    if context.execution_options.get("stream_results"):
        raise StreamInReadSessionError(StreamInReadSessionError.__doc__)


def _has_part_that_writes(context: DefaultExecutionContext) -> bool:
    """Return whether a common table expression of a `SELECT` inserts, updates or deletes."""
    parts = getattr(context.compiled, "ctes", None) or ()
    return any(part.element.is_dml for part in parts)


def _execute_with_new_plan(
    execute: Callable[..., None],
    cursor: object,
    sql: str,
    values: object,
    context: DefaultExecutionContext,
) -> None:
    """Execute a statement; once more if a migration has made its prepared plan invalid."""
    try:
        execute(cursor, sql, values, context)
    except context.dialect.loaded_dbapi.Error as error:
        # PostgreSQL refuses the plan before it does anything, so that the statement can run again,
        # but a transaction is aborted. Every other connection of the engine forgets its plans too.
        if not is_stale_plan(error) or _is_in_transaction(context):
            raise
        context.handle_dbapi_exception(error)
        context.pre_exec()
        execute(cursor, sql, values, context)


def _is_in_transaction(context: DefaultExecutionContext) -> bool:
    driver = context.root_connection.connection.driver_connection
    return driver is None or driver.is_in_transaction()


def _end_implicit_transaction(context: DefaultExecutionContext) -> None:
    """End the implicit transaction of a statement that asyncpg prepared but could not execute."""
    # In AUTOCOMMIT, preparing a statement opens an implicit transaction that takes its locks.
    # When asyncpg cannot encode the arguments it sends nothing more, so the transaction, and the
    # pooler's server connection, would stay until the next statement. Any statement ends it.
    driver = context.root_connection.connection.driver_connection
    if driver and not (driver.is_closed() or driver.is_in_transaction()):
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await_only(driver.execute("SELECT 1", timeout=CHECK_SECONDS))
