"""The ledger of a run: the writes of clients, the responses, and the findings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

JOINING, AFTERWARDS = "joining", "afterwards"
"""The phases before the first fault and after the last one."""
WRONG = ("lost", "doubled", "half done", "outside")
"""The columns that have to be zero."""


@dataclass
class Write:
    """A change that a client wants to happen once.

    Attributes:
        kind: The operation.
        marker: A number that the change carries, and no other has.
        owner: The address of the user.
        phase: The fault during which it was first sent.
        attempts: The number of requests for it.
        acknowledged: Whether a response confirmed it.
        facts: The data of the responses, for the comparison with the truth.
    """

    kind: str
    marker: int
    owner: str
    phase: str
    attempts: int = 0
    acknowledged: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """A response as a client saw it.

    Attributes:
        phase: The fault during which its request was sent.
        sent_at: The time of that.
        seconds: Its duration.
        is_write: Whether it confirms a change.
    """

    phase: str
    sent_at: float
    seconds: float
    is_write: bool


@dataclass(frozen=True)
class Finding:
    """Something wrong: the column of the table, the fault, and a sentence."""

    column: str
    phase: str
    text: str


@dataclass
class Ledger:
    """The writes, responses and findings of a run.

    Attributes:
        phase: The present fault.
        order: The faults so far, in their order.
        ended_at: The time when a fault ended, by its name.
        broken: The requests whose connections broke before the response, each with its fault.
    """

    phase: str = JOINING
    order: list[str] = field(default_factory=lambda: [JOINING])
    ended_at: dict[str, float] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _markers: Iterator[int] = field(default_factory=lambda: count(1))

    def begin(self, phase: str) -> None:
        """Attribute everything from now on to another fault."""
        self.phase = phase
        self.order.append(phase)

    def new(self, kind: str, owner: str, **facts: object) -> Write:
        """Note a change that a client is about to ask for."""
        write = Write(kind, next(self._markers), owner, self.phase, facts=facts)
        self.writes.append(write)
        return write

    def find(self, column: str, text: str, *, phase: str | None = None) -> None:
        """Note something wrong, during the present fault if no other is given."""
        self.findings.append(Finding(column, phase or self.phase, text))

    def of(self, *kinds: str) -> list[Write]:
        """Return the writes of some kinds."""
        return [write for write in self.writes if write.kind in kinds]

    @contextmanager
    def timed(self) -> Iterator[list[bool]]:
        """Record a response: the block appends whether it confirms a change, if one came at all."""
        phase, sent_at, outcome = self.phase, monotonic(), list[bool]()
        yield outcome
        if outcome:
            seconds = monotonic() - sent_at
            self.responses.append(Response(phase, sent_at, seconds, outcome[0]))

    def row(self, phase: str) -> dict[str, float | str | None]:
        """Return the line of a fault in the table."""
        writes = [write for write in self.writes if write.phase == phase]
        found = [finding.column for finding in self.findings if finding.phase == phase]
        seconds = [response.seconds for response in self.responses if response.phase == phase]
        return {
            "fault": phase,
            "acknowledged": sum(write.acknowledged for write in writes),
            **{column: found.count(column) for column in WRONG},
            "broken": sum(during == phase for during, _ in self.broken),
            "slowest": round(max(seconds, default=0), 2),
            "recovery": self._recovery(phase),
        }

    def _recovery(self, phase: str) -> float | None:
        """Return the seconds from the end of a fault to the first change made from then on."""
        ended = self.ended_at.get(phase)
        if ended is None:
            return None
        after = [
            response.sent_at + response.seconds - ended
            for response in self.responses
            if response.is_write and response.sent_at >= ended
        ]
        return round(min(after), 2) if after else None
