"""Outages of Redis: the service goes on, logs them once, and recovers automatically."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import perf_counter

import httpx2
import pytest
from fastapi import Depends

from app.core import services
from app.core.cache import Cache
from app.core.config import ConfigurationError
from app.core.guards import RateLimit
from app.integrations.redis import connection as redis_connection
from app.integrations.redis.connection import RedisConnection, RedisUnavailable
from app.main import create_app
from app.settings import Settings
from tests.core.conftest import Logged, bare_settings, log_stream, logged
from tests.integrations.redis.conftest import AppFor, OwnValkey
from tests.waiting import wait_until

__all__ = ["bare_settings", "log_stream", "logged"]
TIMEOUT_SECONDS = 1.0  # long, so that a busy machine does not look like an outage
MAX_SECONDS = 4.0  # with its defaults, the client would retry for 4.2 seconds more


@pytest.fixture
async def http(
    own_valkey: OwnValkey, app_for: AppFor, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setattr(redis_connection, "SECONDS_BETWEEN_PROBES", 0.2)
    app = app_for(own_valkey.url, timeout_seconds=TIMEOUT_SECONDS)
    cache = Cache("probe", int, ttl=60)

    async def compute() -> int:
        return 7

    @app.get("/free", dependencies=[Depends(RateLimit("1000000/day"))])
    async def read_freely() -> int:
        return await cache.get("seven", compute)

    @app.get("/log-in", dependencies=[Depends(RateLimit("5/hour"))])
    async def log_in() -> str:
        return "in"

    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


async def get(client: httpx2.AsyncClient, path: str = "/free") -> tuple[int, float]:
    started = perf_counter()
    response = await client.get(path)
    return response.status_code, perf_counter() - started


async def send_load(
    client: httpx2.AsyncClient, results: list[tuple[int, float]], stop: asyncio.Event
) -> None:
    while not stop.is_set():
        results.append(await get(client))
        await asyncio.sleep(0.002)


async def readiness(client: httpx2.AsyncClient) -> tuple[int, dict[str, object]]:
    response = await client.get("/health/ready")
    return response.status_code, response.json()["data"]


async def wait_until_ready(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while (await readiness(client))[1]["status"] != "ok":
            pass


@pytest.mark.parametrize("how", ["kill", "freeze"])
async def test_requests_succeed_during_and_after_an_outage_of_redis(
    how: str, http: httpx2.AsyncClient, own_valkey: OwnValkey, logged: Logged
) -> None:
    results: list[tuple[int, float]] = []
    stop = asyncio.Event()
    load = [asyncio.create_task(send_load(http, results, stop)) for _ in range(8)]
    await wait_until(lambda: len(results) >= 50)
    assert (await readiness(http))[1]["status"] == "ok"
    getattr(own_valkey, how)()
    await wait_until(lambda: logged("redis_unavailable"))
    status, health = await readiness(http)
    assert (status, health["status"], health["unavailable"]) == (200, "degraded", ["redis"])
    own_valkey.start() if how == "kill" else own_valkey.thaw()
    await wait_until_ready(http)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*load)
    assert {status for status, _ in results} == {200}
    assert max(seconds for _, seconds in results) < MAX_SECONDS
    outages, recoveries = len(logged("redis_unavailable")), len(logged("redis_recovered"))
    assert 1 <= recoveries <= outages <= 5, len(results)  # not one a request; a stall may add one


@pytest.mark.parametrize(
    ("breaking", "fixing"),
    [
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("ACL SETUSER default -eval -evalsha", "ACL SETUSER default +@all"),
        ("ACL SETUSER default -set", "ACL SETUSER default +@all"),
        ("ACL SETUSER default resetkeys ~cache:*", "ACL SETUSER default allkeys"),
    ],
)
async def test_a_server_that_only_responds_to_ping_is_lost_and_found_once(
    http: httpx2.AsyncClient, own_valkey: OwnValkey, logged: Logged, breaking: str, fixing: str
) -> None:
    assert await get_states(http, seconds=0.1) == {"ok"}
    own_valkey.command(breaking)
    await http.get("/free")
    assert await get_states(http, seconds=1) == {"degraded"}
    assert (len(logged("redis_unavailable")), len(logged("redis_recovered"))) == (1, 0)
    own_valkey.command(fixing)
    async with asyncio.timeout(60):
        while not logged("redis_recovered"):  # requests suffice, without a poll of readiness
            await http.get("/free")
            await asyncio.sleep(0.01)
    assert await get_states(http, seconds=0.5) == {"ok"}
    assert (len(logged("redis_unavailable")), len(logged("redis_recovered"))) == (1, 1)
    assert (len(logged("ping_failed")), len(logged("ping_recovered"))) == (1, 1)


async def get_states(client: httpx2.AsyncClient, *, seconds: float) -> set[object]:
    """Send requests and poll readiness for a time, and return the states."""
    states: set[object] = set()
    started = perf_counter()
    while perf_counter() - started < seconds:
        assert (await get(client))[0] == 200
        states.add((await readiness(client))[1]["status"])
    return states


async def test_a_failover_is_followed_to_the_new_primary(
    start_valkey: Callable[[str], OwnValkey],
    app_for: AppFor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis_connection, "SECONDS_BETWEEN_PROBES", 0.05)
    old, new = start_valkey("old"), start_valkey("new")
    name = tmp_path / "name.sock"
    name.symlink_to(old.socket_path)
    app = app_for(f"unix://{name}")
    async with app.router.lifespan_context(app):
        connection = services.get(RedisConnection)
        await asyncio.gather(*(connection.ping() for _ in range(5)))  # several connections
        old.command("REPLICAOF 127.0.0.1 1")  # it keeps its connections
        with pytest.raises(RedisUnavailable):
            await connection.ping()
        name.unlink()
        name.symlink_to(new.socket_path)
        await asyncio.gather(*(connection.ping() for _ in range(5)))
        assert await connection.execute(lambda: connection.client.set("key", "value"))


@pytest.mark.parametrize(
    "refusing", ["CONFIG SET requirepass hunter2", "ACL SETUSER default -eval -evalsha"]
)
async def test_a_service_that_redis_rejects_does_not_start(
    own_valkey: OwnValkey, app_for: AppFor, refusing: str
) -> None:
    own_valkey.command(refusing)
    app = app_for(own_valkey.url)
    with pytest.raises(ConfigurationError, match="REDIS_URL: ") as refusal:
        async with app.router.lifespan_context(app):
            pass
    assert "hunter2" not in str(refusal.value)


async def test_a_service_starts_while_redis_is_unavailable(
    own_valkey: OwnValkey, app_for: AppFor
) -> None:
    own_valkey.kill()
    app = app_for(own_valkey.url)
    async with app.router.lifespan_context(app):
        with pytest.raises(RedisUnavailable):
            await services.get(RedisConnection).ping()


async def test_no_caller_gets_new_attempts_when_redis_fails(
    http: httpx2.AsyncClient, own_valkey: OwnValkey
) -> None:
    before = [(await get(http, "/log-in"))[0] for _ in range(3)]
    own_valkey.kill()
    during = [(await get(http, "/log-in"))[0] for _ in range(4)]
    assert before + during == [200] * 5 + [429] * 2


async def test_without_an_address_the_service_runs_without_redis(settings: Settings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await readiness(client))[1]["status"] == "ok"
