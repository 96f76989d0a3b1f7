"""The buffers between the requests that bring measurements and the task that stores them."""

import asyncio
import queue
from asyncio import Queue as Buffer
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value that a machine has measured."""

    machine: str
    value: float


@dataclass
class Intake:
    """The measurements that wait to be stored."""

    # breach: unbounded-queue
    waiting: Buffer[Measurement] = field(default_factory=Buffer)

    def take(self, measurement: Measurement) -> None:
        """Take a measurement in."""
        self.waiting.put_nowait(measurement)


class Priorities:
    """The alarms that wait, the most urgent first."""

    def __init__(self, size: int = 0) -> None:
        """Start with no alarm."""
        # breach: unbounded-queue
        self._alarms: asyncio.PriorityQueue[tuple[int, str]] = asyncio.PriorityQueue(size)

    async def raise_alarm(self, urgency: int, machine: str) -> None:
        """Let an alarm wait."""
        await self._alarms.put((urgency, machine))


class Bridge:
    """Keeps measurements for a thread that speaks the protocol of old machines."""

    def __init__(self) -> None:
        """Start the bridge."""
        # breach: unbounded-queue
        self._outgoing: queue.SimpleQueue[Measurement] = queue.SimpleQueue()

    def send(self, measurement: Measurement) -> None:
        """Send a measurement to the old machines."""
        self._outgoing.put(measurement)


class Recent:
    """The measurements that arrived since the last flush."""

    def __init__(self) -> None:
        """Start empty."""
        self._measurements: deque[Measurement] = deque()  # breach: unbounded-queue

    def add(self, measurement: Measurement) -> None:
        """Add a measurement."""
        self._measurements.append(measurement)  # also: unbounded-queue

    def take_all(self) -> list[Measurement]:
        """Return all measurements, and forget them."""
        taken = list(self._measurements)
        self._measurements.clear()
        return taken
