"""What happens at a connection: failures get a name, idle ones a check, statements are timed."""

from collections.abc import Callable
from time import monotonic, perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.errors import Unavailable
from app.core.request_context import add_database_time

IDLE_SECONDS_BEFORE_CHECK = 15
"""A connection that rested longer is checked before use. A check costs a round trip, so a busy one
is only asked whether it knows to be closed: what drops idle connections silently waits minutes."""


READ_ONLY = "read_only"
"""The execution option of a session whose statements must not write."""


class WriteInReadSessionError(RuntimeError):
    """A route that declares `ReadSession` tried to write; declare `Session` instead."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached."""

    code = "database_unavailable"
    message = "The database is away for the moment. Try again as Retry-After says."


def watch_connections(engine: AsyncEngine) -> None:
    """Attach to an engine what this module does."""
    _name_connect_failures(engine)
    _check_idle_connections(engine)
    _watch_statements(engine)


def _name_connect_failures(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(
        dialect: Dialect, _entry: ConnectionPoolEntry, args: list[Any], kwargs: dict[str, Any]
    ) -> object:
        try:
            return dialect.connect(*args, **kwargs)
        except OSError as error:  # refused, unreachable, unknown host, timed out
            raise DatabaseUnavailable from error


def _check_idle_connections(engine: AsyncEngine) -> None:
    pool, dialect = engine.sync_engine.pool, engine.sync_engine.dialect

    @event.listens_for(pool, "checkin")
    def note_time(_connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401
        entry.info["rests_since"] = monotonic()

    @event.listens_for(pool, "checkout")
    def check(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if monotonic() - entry.info.get("rests_since", monotonic()) < IDLE_SECONDS_BEFORE_CHECK:
            return
        try:
            dialect.do_ping(connection)
        except (DBAPIError, dialect.loaded_dbapi.Error) as error:
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
        finally:
            add_database_time(perf_counter() - started, queries=1)
        return True  # it is done: SQLAlchemy need not

    return watch
