"""Connecting to a database that may be asleep: the first request waits until it is awake.

Connecting is tried again for some seconds, by one at a time in each process. When those are over
the database is away: one request at a time finds out whether it is back, the others are refused.
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

PAUSE_SECONDS = 0.25
FORGET_AFTER_SECONDS = 30.0
"""Nobody has tried for so long: it may have come back and fallen asleep since."""

_PASSING_STATES = frozenset(
    {
        *("57P01", "57P02", "57P03"),  # shutting down, crashed, starting up
        *("08000", "08001", "08003", "08004", "08006"),  # the connection broke
        "XX000",  # Neon's proxy does not reach the compute yet
    }
)

_PASSING_WORDS = re.compile("starting up|shutting down|login has been failing")
"""What PgBouncer says with its one code, 08P01, when it does not reach the database."""

log = structlog.get_logger()
Connect = Callable[..., Awaitable[asyncpg.Connection]]


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached."""

    code = "database_unavailable"
    message = "The database is away for the moment. Try again as Retry-After says."


class RetryingConnector:
    """Opens connections to one database, which takes the place of `asyncpg.connect`."""

    def __init__(self, *, seconds: float, connect: Connect = asyncpg.connect) -> None:
        """Say for how long a database that does not answer is waited for."""
        self._seconds = seconds
        self._connect = connect
        self._turn = asyncio.Lock()
        self._trouble_since: float | None = None
        self._failed_at = 0.0

    async def __call__(self, *args: Any, **kwargs: Any) -> asyncpg.Connection:  # noqa: ANN401 - those of asyncpg.connect
        """Open a connection; the arguments are those of `asyncpg.connect`.

        Raises:
            DatabaseUnavailable: The database was waited for in vain, or is known to be away.
        """
        until = self._end_of_patience()
        is_away = monotonic() >= until
        if is_away and self._turn.locked():  # somebody is finding out
            raise DatabaseUnavailable
        while True:
            async with self._turn if self._trouble_since else nullcontext():
                left = until - monotonic()
                if left <= 0 and not is_away:
                    raise DatabaseUnavailable
                limit = self._seconds / 2 if is_away else min(left, self._seconds / 2)
                if connection := await self._try(*args, limit=limit, **kwargs):
                    return connection
                if is_away:
                    raise DatabaseUnavailable
                await asyncio.sleep(PAUSE_SECONDS)

    def _end_of_patience(self) -> float:
        if self._trouble_since and monotonic() > self._failed_at + FORGET_AFTER_SECONDS:
            self._trouble_since = None
        return (self._trouble_since or monotonic()) + self._seconds

    async def _try(self, *args: Any, limit: float, **kwargs: Any) -> asyncpg.Connection | None:  # noqa: ANN401 - those of asyncpg.connect
        """Return a connection, or `None` if it may be had later."""
        started = monotonic()
        timeout = min(limit, kwargs.pop("timeout", limit))
        try:
            connection = await self._connect(*args, timeout=timeout, **kwargs)
        except (OSError, asyncpg.PostgresError) as error:
            self._note(error, started)
            return None
        if self._trouble_since is not None:
            log.info("database_recovered", seconds=round(monotonic() - self._trouble_since, 1))
            self._trouble_since = None
        return connection

    def _note(self, error: OSError | asyncpg.PostgresError, started: float) -> None:
        """Remember a failure that may pass, and raise another one."""
        passes = _may_pass(error)
        if self._trouble_since is None or not passes:
            log.warning("database_unreachable", error=type(error).__name__, reason=str(error))
        if passes:
            self._trouble_since = self._trouble_since or started
            self._failed_at = monotonic()
        elif isinstance(error, OSError):
            raise DatabaseUnavailable from error
        else:
            raise error


def _may_pass(error: OSError | asyncpg.PostgresError) -> bool:
    """Tell whether a database that is waking up may answer so."""
    if isinstance(error, asyncpg.PostgresError):
        state = getattr(error, "sqlstate", None)
        is_pooler = state == "08P01" and _PASSING_WORDS.search(str(error))
        return state in _PASSING_STATES or bool(is_pooler)
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return not isinstance(error, PermissionError | ssl.SSLCertVerificationError)
