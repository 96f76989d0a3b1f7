"""A cache for values that are slow to compute, in this process or in a `CacheBackend` of all.

    RATES = Cache("rates", dict[str, Decimal], ttl=60)

    rates = await RATES.get("EUR", lambda: fetch_rates("EUR"))

Single flight: of all callers that miss a value at the same time, one computes it and the others
wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.core.services import get

T = TypeVar("T")
MAX_LOCAL_VALUES = 10_000
COMPUTE_SECONDS = 5.0
"""The longest that others wait for the caller that computes a value; then they compute it too."""
POLL_SECONDS = 0.02


class CacheBackend(Protocol):
    """The place where values are stored."""

    async def read(self, key: str) -> bytes | None:
        """Return a value unless it has expired."""

    async def write(self, key: str, value: bytes, *, ttl: float) -> None:
        """Store a value for `ttl` seconds."""

    async def delete(self, key: str) -> None:
        """Remove a value."""

    async def claim(self, key: str, *, ttl: float) -> bool:
        """Return whether this caller shall compute the value; no other does for `ttl` seconds."""


class InMemoryCacheBackend:
    """Stores values in this process."""

    def __init__(self) -> None:
        """Start empty."""
        self._values: dict[str, tuple[float, bytes]] = {}

    async def read(self, key: str) -> bytes | None:
        """Return a value; see `CacheBackend`."""
        end, value = self._values.get(key, (0.0, b""))
        return value if end > monotonic() else None

    async def write(self, key: str, value: bytes, *, ttl: float) -> None:
        """Store a value; see `CacheBackend`."""
        self._values.pop(key, None)
        while len(self._values) >= MAX_LOCAL_VALUES:
            del self._values[next(iter(self._values))]  # the oldest
        self._values[key] = (monotonic() + ttl, value)

    async def delete(self, key: str) -> None:
        """Remove a value; see `CacheBackend`."""
        self._values.pop(key, None)

    async def claim(self, key: str, *, ttl: float) -> bool:  # noqa: ARG002 - one process needs no claims
        """Return True: within a process, `Cache` computes one value at a time."""
        return True


class Cache(Generic[T]):
    """Values of one type under one name."""

    def __init__(self, name: str, kind: type[T], *, ttl: float) -> None:
        """Declare a cache.

        Args:
            name: Unique among the caches of the service; change it when the values change meaning.
            kind: The type of the values; stored as JSON and validated when read.
            ttl: The lifetime of a value, in seconds.
        """
        self._name = name
        self._json: TypeAdapter[T] = TypeAdapter(kind)
        self._ttl = ttl
        self._computing: dict[str, asyncio.Lock] = {}

    async def get(self, key: str, compute: Callable[[], Awaitable[T]]) -> T:
        """Return a value, computed now if it is missing.

        Args:
            key: The key of the value.
            compute: Computes it; its errors are raised here, and nothing is stored.
        """
        path = f"cache:{self._name}:{key}"
        found = await self._read(path)
        if found:
            return found[0]
        computing = self._computing.setdefault(key, asyncio.Lock())
        try:
            async with computing:
                return await self._read_or_compute(path, compute)
        finally:
            if not computing.locked():
                self._computing.pop(key, None)

    async def invalidate(self, key: str) -> None:
        """Remove a value, so that its next use computes it."""
        await get(CacheBackend).delete(f"cache:{self._name}:{key}")

    async def _read_or_compute(self, path: str, compute: Callable[[], Awaitable[T]]) -> T:
        deadline = monotonic() + COMPUTE_SECONDS
        while True:
            found = await self._read(path)  # another caller may have stored it
            if found:
                return found[0]
            if monotonic() >= deadline or await get(CacheBackend).claim(path, ttl=COMPUTE_SECONDS):
                value = await compute()
                await get(CacheBackend).write(path, self._json.dump_json(value), ttl=self._ttl)
                return value
            await asyncio.sleep(POLL_SECONDS)

    async def _read(self, path: str) -> tuple[T] | None:
        """Return a value in a tuple, because the value itself may be `None`."""
        raw = await get(CacheBackend).read(path)
        try:
            return None if raw is None else (self._json.validate_json(raw),)
        except ValidationError:  # stored by an older version of the service
            return None
