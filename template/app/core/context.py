"""The context of the current request, for logs and timings.

    with time_database(queries=1):  # for statements that bypass SQLAlchemy
        await connection.execute(…)

counts as database time in `Server-Timing` and in the request's log line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from uuid_utils import uuid7

MAX_REQUEST_ID_LENGTH = 128
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@dataclass(slots=True)
class RequestContext:
    """The measurements of one request, from its first byte to its last.

    Attributes:
        request_id: The client's or a generated id; in every log line and in the response.
        address: The client's address, which a trusted proxy may have told.
        started: `perf_counter()` when the request arrived.
        finished: `perf_counter()` when the last byte of the response was sent.
        database_seconds: Time spent waiting for the database so far.
        database_queries: Statements sent to the database so far.
        upstream_seconds: Time spent on other services so far, delays between attempts included.
        upstream_calls: Requests sent to other services so far, each attempt counted.
        status: The response's status; 499 until there is one, for a client that disconnects.
        user_id: The authenticated user, once known.
        is_counted: Whether a rate limit has counted the request.
        response_headers: Headers to add to the response, including an error's.
    """

    request_id: str
    address: str | None = None
    started: float = field(default_factory=perf_counter)
    finished: float | None = None
    database_seconds: float = 0.0
    database_queries: int = 0
    upstream_seconds: float = 0.0
    upstream_calls: int = 0
    status: int = 499
    user_id: str | None = None
    is_counted: bool = False
    response_headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def elapsed_ms(self) -> float:
        """Return the milliseconds that the request took, or has taken so far."""
        return ((self.finished or perf_counter()) - self.started) * 1000


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)

set_current_request = _current.set
reset_current_request = _current.reset
current_request = _current.get


def accept_request_id(given: str | None) -> str:
    """Return the client's request id if it is safe to log and to send back, or a new one."""
    if given and len(given) <= MAX_REQUEST_ID_LENGTH and _ALLOWED.issuperset(given):
        return given
    return str(uuid7())


def add_database_time(seconds: float, *, queries: int) -> None:
    """Add to the database time of the current request; does nothing outside a request."""
    if request := _current.get():
        request.database_seconds += seconds
        request.database_queries += queries


def add_upstream_time(seconds: float, *, calls: int) -> None:
    """Add to the upstream time of the current request; does nothing outside a request."""
    if request := _current.get():
        request.upstream_seconds += seconds
        request.upstream_calls += calls


@contextmanager
def time_database(*, queries: int) -> Iterator[None]:
    """Count a block as database time of the current request.

    Statements inside the block count themselves; their time is not added twice.

    Args:
        queries: The statements to add to those that count themselves.
    """
    request, started = _current.get(), perf_counter()
    before = request.database_seconds if request else 0.0
    try:
        yield
    finally:
        if request:  # replaces the time that statements inside the block have added
            request.database_seconds = before + perf_counter() - started
            request.database_queries += queries
