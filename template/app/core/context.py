"""What is known of the request that is being answered, for logs and timings."""

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
    """One request, from its first byte to its last.

    Attributes:
        request_id: Given by the client or made here; in every log line and in the answer.
        started: `perf_counter()` when the request arrived.
        finished: `perf_counter()` when the last byte of the answer was sent.
        database_seconds: Time spent waiting for the database so far.
        database_queries: Statements sent to the database so far.
        upstream_seconds: Time spent on other services so far, pauses between attempts included.
        upstream_calls: Requests sent to other services so far, each attempt counted.
        status: The answer's status; 499 as long as there is none, for a client that went away.
        user_id: Who is asking, once that is known.
        response_headers: Added to the answer, whatever it will be.
    """

    request_id: str
    started: float = field(default_factory=perf_counter)
    finished: float | None = None
    database_seconds: float = 0.0
    database_queries: int = 0
    upstream_seconds: float = 0.0
    upstream_calls: int = 0
    status: int = 499
    user_id: str | None = None
    response_headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def elapsed_ms(self) -> float:
        """Return the milliseconds that the request took, or has taken so far."""
        return ((self.finished or perf_counter()) - self.started) * 1000


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)

set_current_request = _current.set
reset_current_request = _current.reset
current_request = _current.get


def accept_request_id(given: str | None) -> str:
    """Return the client's request id if it is safe to log and to send back, else a new one."""
    if given and len(given) <= MAX_REQUEST_ID_LENGTH and _ALLOWED.issuperset(given):
        return given
    return str(uuid7())


def add_database_time(seconds: float, *, queries: int) -> None:
    """Add to what the current request spent on the database; does nothing outside a request."""
    if request := _current.get():
        request.database_seconds += seconds
        request.database_queries += queries


def add_upstream_time(seconds: float, *, calls: int) -> None:
    """Add to what the current request spent on other services; nothing outside a request."""
    if request := _current.get():
        request.upstream_seconds += seconds
        request.upstream_calls += calls


@contextmanager
def time_database(*, queries: int) -> Iterator[None]:
    """Count what happens inside as database time of the current request, and nothing of it twice.

    Args:
        queries: How many statements it stands for, beside those that count themselves.
    """
    request, started = _current.get(), perf_counter()
    before = request.database_seconds if request else 0.0
    try:
        yield
    finally:
        if request:
            request.database_seconds = before + perf_counter() - started
            request.database_queries += queries
