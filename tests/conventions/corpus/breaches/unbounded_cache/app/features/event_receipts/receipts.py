"""Receipts of events."""

import asyncio
from collections import ChainMap, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256


@dataclass
class Receipts:
    """The events that this process has seen."""

    seen: set[str] = field(default_factory=set)  # also: unbounded-cache
    # also: unbounded-cache
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def is_new(self, event_id: str) -> bool:
        """Return whether an event was not seen before, and note it."""
        before = len(self.seen)
        self.seen.add(event_id)  # breach: unbounded-cache
        return len(self.seen) > before

    async def handle(self, customer: str, event: bytes) -> str:
        """Handle the events of a customer one after the other, and return the digest of one."""
        async with self.locks[customer]:  # breach: unbounded-cache
            await asyncio.sleep(0)
            return self.digest(event)

    @staticmethod
    @lru_cache(maxsize=None)
    def digest(event: bytes) -> str:  # breach: unbounded-cache
        """Return the digest of an event of up to a kilobyte."""
        return sha256(event[:1024]).hexdigest()


class Notes:
    """Notes on partners, over those of the configuration."""

    def __init__(self, configured: dict[str, str]) -> None:
        """Take the notes of the configuration."""
        self._notes = ChainMap({}, configured)  # also: unbounded-cache

    def add(self, partner: str, note: str) -> None:
        """Add a note on a partner."""
        self._notes = self._notes.new_child({partner: note})  # breach: unbounded-cache

    def of(self, partner: str) -> str:
        """Return the note on a partner."""
        return self._notes.get(partner, "")
