"""A circuit breaker: stops calls to a service that fails repeatedly.

    with breaker.admit() as call:
        ...
        call.succeeded()

Closed, it admits every call. After some consecutive failures it opens and refuses every call at
once. When its time is over it is half-open: it admits one call as a probe; success closes it,
failure opens it again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from math import ceil
from time import monotonic

import structlog

from app.core.http.errors import UpstreamUnavailable

log = structlog.get_logger()


class State(StrEnum):
    """The states of a circuit breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Call:
    """A call that was admitted. It may end without an outcome, as when it is cancelled."""

    def __init__(self, breaker: "CircuitBreaker", generation: int) -> None:
        """Remember the breaker's generation at the start of the call."""
        self._breaker = breaker
        self.generation = generation

    def succeeded(self) -> None:
        """Record that the service works."""
        self._breaker.record(self, ok=True)

    def failed(self) -> None:
        """Record that the service does not work."""
        self._breaker.record(self, ok=False)


class CircuitBreaker:
    """The breaker of one service in this process. No method awaits, so none needs a lock."""

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        seconds: float = 10.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Create a closed breaker.

        Args:
            name: The service's name, for the log.
            failures: The number of consecutive failures that open it.
            seconds: How long it then refuses every call.
            clock: The source of the time.
        """
        self.state = State.CLOSED
        self._name = name
        self._failures = failures
        self._seconds = seconds
        self._clock = clock
        self._consecutive_failures = 0
        self._generation = 0
        self._open_until = 0.0
        self._probe: Call | None = None

    @property
    def is_open(self) -> bool:
        """`True` while every call is refused."""
        return self.state is State.OPEN and self._clock() < self._open_until

    @contextmanager
    def admit(self) -> Iterator[Call]:
        """Admit a call or refuse it. A probe without an outcome makes room for the next one.

        Raises:
            UpstreamUnavailable: The breaker is open, or half-open with a probe in flight.
        """
        if self.is_open or self._probe:
            raise self.open_error()
        if self.state is State.OPEN:
            self._set_state(State.HALF_OPEN)
        call = Call(self, self._generation)
        if self.state is State.HALF_OPEN:
            self._probe = call
        try:
            yield call
        finally:
            if self._probe is call:
                self._probe = None

    def record(self, call: Call, *, ok: bool) -> None:
        """Record the outcome of a call.

        Calls overlap: the outcome of one that began before the last change of state says nothing
        about the service now, so it must neither close the breaker nor prolong its opening.
        """
        if call.generation != self._generation:
            return
        self._consecutive_failures = 0 if ok else self._consecutive_failures + 1
        if self.state is State.HALF_OPEN:
            self._probe = None
            self._set_state(State.CLOSED if ok else State.OPEN)
        elif self._consecutive_failures >= self._failures:
            self._set_state(State.OPEN)

    def open_error(self) -> UpstreamUnavailable:
        """Return the error of a refused call, with the seconds until the next probe."""
        seconds = max(1, ceil(self._open_until - self._clock()))
        return UpstreamUnavailable(headers={"Retry-After": str(seconds)})

    def _set_state(self, state: State) -> None:
        self.state = state
        self._generation += 1
        self._consecutive_failures = 0
        if state is State.OPEN:
            self._open_until = self._clock() + self._seconds
            log.warning("circuit_opened", upstream=self._name, seconds=self._seconds)
        elif state is State.HALF_OPEN:
            log.info("circuit_half_open", upstream=self._name)
        else:
            log.info("circuit_closed", upstream=self._name)
