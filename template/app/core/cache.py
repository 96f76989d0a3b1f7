"""A cache of what is slow to make, in this process or wherever `cache_in` says.

    RATES = Cache("rates", dict[str, Decimal], ttl=60)

    rates = await RATES.get("EUR", lambda: fetch_rates("EUR"))

Of all who miss a value at the same time, one makes it and the others wait for that one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.core.services import get

T = TypeVar("T")
MAX_LOCAL_VALUES = 10_000
SECONDS_TO_MAKE = 5.0
"""So long others wait for who makes a value; then each of them makes it."""
POLL_SECONDS = 0.02


class CacheBackend(Protocol):
    """Where values are kept."""

    async def read(self, key: str) -> bytes | None:
        """Return a value that has not expired."""

    async def write(self, key: str, value: bytes, *, ttl: float) -> None:
        """Keep a value."""

    async def delete(self, key: str) -> None:
        """Forget a value."""

    async def claim(self, key: str, *, ttl: float) -> bool:
        """Return whether we are the one to make the value; nobody else is for `ttl` seconds."""


class InMemoryCacheBackend:
    """Keeps values in this process."""

    def __init__(self) -> None:
        """Start empty."""
        self._values: dict[str, tuple[float, bytes]] = {}

    async def read(self, key: str) -> bytes | None:
        """Return a value; see `CacheBackend`."""
        end, value = self._values.get(key, (0.0, b""))
        return value if end > monotonic() else None

    async def write(self, key: str, value: bytes, *, ttl: float) -> None:
        """Keep a value; see `CacheBackend`."""
        self._values.pop(key, None)
        while len(self._values) >= MAX_LOCAL_VALUES:
            del self._values[next(iter(self._values))]  # the one that was written first
        self._values[key] = (monotonic() + ttl, value)

    async def delete(self, key: str) -> None:
        """Forget a value; see `CacheBackend`."""
        self._values.pop(key, None)

    async def claim(self, key: str, *, ttl: float) -> bool:  # noqa: ARG002 - nobody else claims here
        """Return True: within a process, the cache itself lets one at a time make a value."""
        return True


class Cache(Generic[T]):
    """Values of one type under one name."""

    def __init__(self, name: str, kind: type[T], *, ttl: float) -> None:
        """Declare a cache.

        Args:
            name: Its own among the caches of the service; change it when the values change meaning.
            kind: The type of the values; Pydantic writes them as JSON and checks what it reads.
            ttl: For how many seconds a value is good.
        """
        self._name = name
        self._json: TypeAdapter[T] = TypeAdapter(kind)
        self._ttl = ttl
        self._making: dict[str, asyncio.Lock] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[T]]) -> T:
        """Return a value, made now if there is none.

        Args:
            key: Which value.
            make: Makes it; what it raises is raised here, and nothing is kept.
        """
        path = f"cache:{self._name}:{key}"
        found = await self._read(path)
        if found:
            return found[0]
        making = self._making.setdefault(key, asyncio.Lock())
        try:
            async with making:
                return await self._read_or_make(path, make)
        finally:
            if not making.locked():
                self._making.pop(key, None)

    async def forget(self, key: str) -> None:
        """Have the value made anew at its next use."""
        await get(CacheBackend).delete(f"cache:{self._name}:{key}")

    async def _read_or_make(self, path: str, make: Callable[[], Awaitable[T]]) -> T:
        give_up = monotonic() + SECONDS_TO_MAKE
        while True:
            found = await self._read(path)  # another may have been first
            if found:
                return found[0]
            if monotonic() >= give_up or await get(CacheBackend).claim(path, ttl=SECONDS_TO_MAKE):
                value = await make()
                await get(CacheBackend).write(path, self._json.dump_json(value), ttl=self._ttl)
                return value
            await asyncio.sleep(POLL_SECONDS)

    async def _read(self, path: str) -> tuple[T] | None:
        """Return a value in a tuple, since the value itself may be `None`."""
        raw = await get(CacheBackend).read(path)
        try:
            return None if raw is None else (self._json.validate_json(raw),)
        except ValidationError:  # written by an older version of the service
            return None
