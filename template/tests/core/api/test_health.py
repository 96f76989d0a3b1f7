import asyncio

import httpx2
import pytest
from fastapi import FastAPI

from app.core.api.exception_handlers import EXCEPTION_HANDLERS
from app.core.api.health import Ping, health_router
from tests.core.conftest import Logged, Reopen, Serve


async def answer_at_once() -> None:
    pass


async def fail() -> None:
    raise RuntimeError("hunter2")


async def hang() -> None:
    await asyncio.sleep(60)


async def ask_ready(*optional: str, **pings: Ping) -> httpx2.Response:
    app = FastAPI(exception_handlers=EXCEPTION_HANDLERS)
    app.include_router(health_router(pings, timeout_seconds=0.05, optional=frozenset(optional)))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/health/ready")


async def test_a_running_process_is_alive_without_the_database(serve: Serve) -> None:
    answer = await serve().get("/health/live")
    assert answer.json() == {"data": {"status": "ok", "checks": [], "unavailable": []}}


async def test_a_service_with_its_database_is_ready(serve: Serve, reopen: Reopen) -> None:
    async with reopen():
        answer = await serve().get("/health/ready")
    health = answer.json()["data"]
    assert (health["status"], health["checks"][0], health["unavailable"]) == ("ok", "database", [])


async def test_a_service_is_degraded_without_an_optional_module() -> None:
    answer = await ask_ready("search", database=answer_at_once, search=fail)
    assert answer.status_code == 200
    expected = {"status": "degraded", "checks": ["database"], "unavailable": ["search"]}
    assert answer.json() == {"data": expected}


async def test_everything_that_answers_is_named() -> None:
    answer = await ask_ready(database=answer_at_once, search=answer_at_once)
    assert answer.json()["data"]["checks"] == ["database", "search"]


async def test_a_failing_ping_is_named_and_says_nothing_of_the_inside(logged: Logged) -> None:
    answer = await ask_ready(database=answer_at_once, search=fail)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_ready")
    assert answer.json()["error"]["details"] == [
        {"field": "search", "code": "no_answer", "message": "search does not respond."}
    ]
    assert "retry-after" in answer.headers
    assert "hunter2" not in answer.text
    assert logged("ping_failed")[0]["check"] == "search"


async def test_a_check_is_logged_when_its_state_changes(logged: Logged) -> None:
    results = iter((True, False, False, True, True))

    async def ping() -> None:
        if not next(results):
            raise ConnectionRefusedError

    app = FastAPI(exception_handlers=EXCEPTION_HANDLERS)
    app.include_router(health_router({"search": ping}, timeout_seconds=1))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://test"
    ) as client:
        statuses = [(await client.get("/health/ready")).status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert (len(logged("ping_failed")), len(logged("ping_recovered"))) == (1, 1)


async def test_pings_that_hang_are_given_up_together() -> None:
    async with asyncio.timeout(5):  # one after the other, they would take twice that
        answer = await ask_ready(**{f"slow_{number}": hang for number in range(200)})
    assert answer.status_code == 503
    assert len(answer.json()["error"]["details"]) == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_ordinary_checks_are_not_logged(
    serve: Serve, reopen: Reopen, logged: Logged, path: str
) -> None:
    async with reopen():
        await serve().get(path)
    assert logged("request") == []
