"""Leaves a service alone for a while when it fails again and again.

Closed, calls pass. After some failures in a row the breaker is open, and calls are refused at once.
When its time is over it is half-open: one call passes, whose outcome closes it or opens it again.
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
    """What a breaker does with calls."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Call:
    """A call that a breaker let pass. It need not have an outcome: it may be cancelled."""

    def __init__(self, breaker: "CircuitBreaker", changes: int) -> None:
        """Note how often the breaker had changed when the call began."""
        self._breaker = breaker
        self.changes = changes

    def succeeded(self) -> None:
        """Say that the service works."""
        self._breaker.settle(self, ok=True)

    def failed(self) -> None:
        """Say that the service does not work."""
        self._breaker.settle(self, ok=False)


class CircuitBreaker:
    """Guards one service, in this process and its one event loop: nothing in here waits."""

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        seconds: float = 10.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Begin closed.

        Args:
            name: The service's, for the log.
            failures: It opens after so many without a success between them.
            seconds: How long it then refuses every call.
            clock: Where the time comes from.
        """
        self.state = State.CLOSED
        self._name = name
        self._failures = failures
        self._seconds = seconds
        self._clock = clock
        self._failed_in_a_row = 0
        self._changes = 0
        self._ends = 0.0
        self._probe: Call | None = None

    @property
    def is_open(self) -> bool:
        """Whether every call is refused just now."""
        return self.state is State.OPEN and self._clock() < self._ends

    @contextmanager
    def admit(self) -> Iterator[Call]:
        """Let a call pass, or refuse it. A probe that ends without an outcome frees its place.

        Raises:
            UpstreamUnavailable: The breaker is open, or half-open with a probe on its way.
        """
        if self.is_open or self._probe:
            raise self.refusal()
        if self.state is State.OPEN:
            self._change(State.HALF_OPEN)
        call = Call(self, self._changes)
        if self.state is State.HALF_OPEN:
            self._probe = call
        try:
            yield call
        finally:
            if self._probe is call:
                self._probe = None

    def settle(self, call: Call, *, ok: bool) -> None:
        """Take the outcome of a call; of one from before the last change it says nothing now."""
        if call.changes != self._changes:
            return
        self._failed_in_a_row = 0 if ok else self._failed_in_a_row + 1
        if self.state is State.HALF_OPEN:
            self._probe = None
            self._change(State.CLOSED if ok else State.OPEN)
        elif self._failed_in_a_row >= self._failures:
            self._change(State.OPEN)

    def refusal(self) -> UpstreamUnavailable:
        """Return what a refused call raises."""
        seconds = max(1, ceil(self._ends - self._clock()))
        return UpstreamUnavailable(headers={"Retry-After": str(seconds)})

    def _change(self, state: State) -> None:
        self.state = state
        self._changes += 1
        self._failed_in_a_row = 0
        if state is State.OPEN:
            self._ends = self._clock() + self._seconds
            log.warning("circuit_opened", upstream=self._name, seconds=self._seconds)
        elif state is State.HALF_OPEN:
            log.info("circuit_half_open", upstream=self._name)
        else:
            log.info("circuit_closed", upstream=self._name)
