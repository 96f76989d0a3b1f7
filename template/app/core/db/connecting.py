"""Connecting with retries to a database that may be suspended, as Neon's are when idle.

The first request after a pause waits until the database has started. Each process retries for some
seconds, one attempt at a time. After that the database counts as down: one request at a time
probes it and the others are refused at once.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from time import monotonic
from typing import Any

import asyncpg
import structlog

from app.core.errors import Unavailable

RETRY_SECONDS = 0.25
RESET_AFTER_SECONDS = 30.0
"""An outage with no attempt for this long is forgotten: the database may have recovered and been
suspended again since, so the next request retries for the full time."""

_TRANSIENT_STATES = frozenset(
    {
        *("57P01", "57P02", "57P03"),  # shutting down, crashed, starting up
        *("08000", "08001", "08003", "08004", "08006"),  # connection failures
        "XX000",  # Neon's proxy cannot reach the compute yet
    }
)

_TRANSIENT_POOLER_ERRORS = re.compile("starting up|shutting down|login has been failing")
"""PgBouncer has one code for all of its errors, 08P01; only the text tells these apart."""

log = structlog.get_logger()
Connect = Callable[..., Awaitable[asyncpg.Connection]]


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached."""

    code = "database_unavailable"
    message = "The database is temporarily unavailable. Retry after the time in Retry-After."


class RetryingConnector:
    """A replacement for `asyncpg.connect` that retries while a database starts."""

    def __init__(self, *, seconds: float, connect: Connect = asyncpg.connect) -> None:
        """Create the connector of one database.

        Args:
            seconds: How long to retry, counted from the first failure of an outage.
            connect: The function that opens a connection.
        """
        self._seconds = seconds
        self._connect = connect
        self._retry_lock = asyncio.Lock()
        self._failing_since: float | None = None
        self._last_failure = 0.0

    async def __call__(self, *args: Any, **kwargs: Any) -> asyncpg.Connection:  # noqa: ANN401 - those of asyncpg.connect
        """Open a connection; the arguments are those of `asyncpg.connect`.

        Raises:
            DatabaseUnavailable: The time is over, or the database is known to be down.
        """
        # The deadline belongs to the outage, not to the request: a request that arrives late in
        # an outage waits only for the rest of the time, and one that arrives after it does not
        # wait at all.
        deadline = self._deadline()
        is_down = monotonic() >= deadline
        if is_down and self._retry_lock.locked():  # another request is probing
            raise DatabaseUnavailable
        while True:
            # While the database is healthy, connections open concurrently. During an outage the
            # lock lets one coroutine try at a time; it keeps the lock while it sleeps, so that
            # the whole process makes one attempt per RETRY_SECONDS, however many requests wait.
            async with self._retry_lock if self._failing_since else nullcontext():
                remaining = deadline - monotonic()  # waiting for the lock took time
                if remaining <= 0 and not is_down:
                    raise DatabaseUnavailable
                # Half of the time at most, since a database that hangs while it starts may
                # accept the second attempt.
                timeout = self._seconds / 2 if is_down else min(remaining, self._seconds / 2)
                if connection := await self._try_once(*args, limit=timeout, **kwargs):
                    return connection
                if is_down:
                    raise DatabaseUnavailable
                await asyncio.sleep(RETRY_SECONDS)

    def _deadline(self) -> float:
        if self._failing_since and monotonic() > self._last_failure + RESET_AFTER_SECONDS:
            self._failing_since = None
        return (self._failing_since or monotonic()) + self._seconds

    async def _try_once(
        self,
        *args: Any,  # noqa: ANN401 - those of asyncpg.connect
        limit: float,
        **kwargs: Any,  # noqa: ANN401 - those of asyncpg.connect
    ) -> asyncpg.Connection | None:
        """Return a connection, or `None` after a transient failure."""
        started = monotonic()
        timeout = min(limit, kwargs.pop("timeout", limit))
        try:
            connection = await self._connect(*args, timeout=timeout, **kwargs)
        except (OSError, asyncpg.PostgresError) as error:
            self._record_failure(error, started)
            return None
        if self._failing_since is not None:
            log.info("database_recovered", seconds=round(monotonic() - self._failing_since, 1))
            self._failing_since = None
        return connection

    def _record_failure(self, error: OSError | asyncpg.PostgresError, started: float) -> None:
        """Remember a transient failure; raise any other."""
        is_transient = _is_transient(error)
        if self._failing_since is None or not is_transient:  # one line an outage
            log.warning("database_unreachable", error=type(error).__name__, reason=str(error))
        if is_transient:
            self._failing_since = self._failing_since or started
            self._last_failure = monotonic()
        elif isinstance(error, OSError):
            raise DatabaseUnavailable from error
        else:
            raise error


def _is_transient(error: OSError | asyncpg.PostgresError) -> bool:
    """Return whether a database that is starting may fail with this error."""
    if isinstance(error, asyncpg.PostgresError):
        state = getattr(error, "sqlstate", None)
        is_pooler = state == "08P01" and _TRANSIENT_POOLER_ERRORS.search(str(error))
        return state in _TRANSIENT_STATES or bool(is_pooler)
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return not isinstance(error, PermissionError | ssl.SSLCertVerificationError)
