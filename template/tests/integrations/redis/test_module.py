"""Redis away: the service goes on, says so once, and comes back by itself."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import httpx2
import pytest
from fastapi import Depends

from app.core.cache import Cache
from app.core.guards import RateLimit
from app.integrations.redis import connection as redis_link
from app.main import create_app
from app.settings import Settings
from tests.core.conftest import Logged, bare_settings, log_stream, logged
from tests.integrations.redis.conftest import AppOn, OwnValkey
from tests.waiting import wait_until

__all__ = ["bare_settings", "log_stream", "logged"]
TIMEOUT_SECONDS = 1.0  # long, since a busy machine must not look like a Redis that is away
BOUND_SECONDS = 4.0  # by its defaults, the client would take 4.2 seconds longer


@pytest.fixture
async def asked(
    own_valkey: OwnValkey, app_on: AppOn, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setattr(redis_link, "SECONDS_BETWEEN_ATTEMPTS", 0.2)
    app = app_on(own_valkey.url, timeout_seconds=TIMEOUT_SECONDS)
    made = Cache("probe", int, ttl=60)

    async def make() -> int:
        return 7

    @app.get("/free", dependencies=[Depends(RateLimit("1000000/day"))])
    async def read_freely() -> int:
        return await made.get("seven", make)

    @app.get("/log-in", dependencies=[Depends(RateLimit("5/hour"))])
    async def log_in() -> str:
        return "in"

    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


async def ask(client: httpx2.AsyncClient, path: str = "/free") -> tuple[int, float]:
    started = perf_counter()
    answer = await client.get(path)
    return answer.status_code, perf_counter() - started


async def keep_asking(
    client: httpx2.AsyncClient, answers: list[tuple[int, float]], stop: asyncio.Event
) -> None:
    while not stop.is_set():
        answers.append(await ask(client))
        await asyncio.sleep(0.002)


async def readiness(client: httpx2.AsyncClient) -> tuple[int, dict[str, object]]:
    answer = await client.get("/health/ready")
    return answer.status_code, answer.json()["data"]


async def wait_until_ready(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while (await readiness(client))[1]["status"] != "ok":
            pass


@pytest.mark.parametrize("how", ["kill", "freeze"])
async def test_requests_go_on_while_redis_is_away_and_after(
    how: str, asked: httpx2.AsyncClient, own_valkey: OwnValkey, logged: Logged
) -> None:
    answers: list[tuple[int, float]] = []
    stop = asyncio.Event()
    load = [asyncio.create_task(keep_asking(asked, answers, stop)) for _ in range(8)]
    await wait_until(lambda: len(answers) >= 50)
    assert (await readiness(asked))[1]["status"] == "ok"
    getattr(own_valkey, how)()
    await wait_until(lambda: logged("redis_unavailable"))
    status, health = await readiness(asked)
    assert (status, health["status"], health["away"]) == (200, "degraded", ["redis"])
    own_valkey.start() if how == "kill" else own_valkey.thaw()
    await wait_until_ready(asked)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*load)
    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < BOUND_SECONDS
    away, back = len(logged("redis_unavailable")), len(logged("redis_recovered"))
    assert 1 <= back <= away <= 5, len(answers)  # not one a request; a stall may add another


async def test_nobody_gets_new_attempts_when_redis_goes(
    asked: httpx2.AsyncClient, own_valkey: OwnValkey
) -> None:
    before = [(await ask(asked, "/log-in"))[0] for _ in range(3)]
    own_valkey.kill()
    during = [(await ask(asked, "/log-in"))[0] for _ in range(4)]
    assert before + during == [200] * 5 + [429] * 2


async def test_without_an_address_the_service_runs_without_redis(settings: Settings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await readiness(client))[1]["status"] == "ok"
