"""Values that are made once, for all who want them."""

import asyncio
from collections.abc import Iterator

import pytest

from app.core import cache as cache_module
from app.core.cache import Cache, CacheBackend, InMemoryCacheBackend
from app.core.services import provide


@pytest.fixture(autouse=True)
def store() -> Iterator[InMemoryCacheBackend]:
    store = InMemoryCacheBackend()
    with provide(CacheBackend, store):
        yield store


class Maker:
    """Counts how often a value was made."""

    def __init__(self, *, seconds: float = 0) -> None:
        self.made = 0
        self.seconds = seconds

    async def __call__(self) -> dict[str, int]:
        self.made += 1
        await asyncio.sleep(self.seconds)
        return {"made": self.made}


def a_cache(*, ttl: float = 60) -> Cache[dict[str, int]]:
    return Cache("probe", dict[str, int], ttl=ttl)


async def test_a_value_is_made_once_and_then_read() -> None:
    cache, make = a_cache(), Maker()
    assert [await cache.get("a", make) for _ in range(2)] == [{"made": 1}] * 2
    assert await cache.get("b", make) == {"made": 2}


async def test_of_a_hundred_who_miss_a_value_one_makes_it() -> None:
    cache, make = a_cache(), Maker(seconds=0.02)
    values = await asyncio.gather(*(cache.get("a", make) for _ in range(100)))
    assert (make.made, values) == (1, [{"made": 1}] * 100)
    assert cache._computing == {}


async def test_a_value_expires() -> None:
    cache, make = a_cache(ttl=0.02), Maker()
    await cache.get("a", make)
    await asyncio.sleep(0.03)
    assert await cache.get("a", make) == {"made": 2}


async def test_a_deleted_value_is_computed_again() -> None:
    cache, make = a_cache(), Maker()
    await cache.get("a", make)
    await cache.invalidate("a")
    assert await cache.get("a", make) == {"made": 2}


async def test_a_value_of_an_older_version_is_computed_again(store: InMemoryCacheBackend) -> None:
    await store.write("cache:probe:a", b'{"made": "long ago"}', ttl=60)
    assert await a_cache().get("a", Maker()) == {"made": 1}


async def test_none_is_a_value() -> None:
    made: list[int] = []

    async def make() -> None:
        made.append(1)

    cache = Cache("nothing", type(None), ttl=60)
    assert [await cache.get("a", make) for _ in range(2)] == [None, None]
    assert made == [1]


async def test_a_failure_is_raised_and_the_next_one_tries_again() -> None:
    async def fail() -> dict[str, int]:
        raise ZeroDivisionError

    cache = a_cache()
    with pytest.raises(ZeroDivisionError):
        await cache.get("a", fail)
    assert await cache.get("a", Maker()) == {"made": 1}


async def test_the_oldest_values_make_room(
    store: InMemoryCacheBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "MAX_LOCAL_VALUES", 2)
    for key in ("a", "b", "c"):
        await store.write(key, b"1", ttl=60)
    assert [await store.read(key) for key in ("a", "b", "c")] == [None, b"1", b"1"]


async def test_waiting_for_a_computation_that_died_ends(
    store: InMemoryCacheBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_key: str, *, ttl: float) -> bool:
        assert ttl == 0.1
        return False

    monkeypatch.setattr(cache_module, "COMPUTE_SECONDS", 0.1)
    monkeypatch.setattr(store, "claim", refuse)
    assert await a_cache().get("a", Maker()) == {"made": 1}
