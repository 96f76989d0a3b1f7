"""A request's id, its one line, its headers and its numbers."""

import asyncio
import logging
import re
from time import perf_counter

import pytest
import structlog
from fastapi import APIRouter, BackgroundTasks, Response
from sqlalchemy import text

from app.core.context import (
    RequestContext,
    add_database_time,
    reset_current_request,
    set_current_request,
    time_database,
)
from app.core.db import Session
from app.core.db.revisions import check_database
from app.core.middleware.request_logging import log_sample
from tests.core.conftest import Logged, Reopen, Serve
from tests.waiting import wait_until


def talking_router() -> APIRouter:
    router = APIRouter()

    @router.get("/items/{item}")
    async def read_item(item: str, wait: float = 0) -> str:
        structlog.get_logger().info("ours")
        logging.getLogger("theirs").info("theirs")
        await asyncio.sleep(wait)
        return item

    @router.get("/quiet")
    @log_sample(0)
    async def read_quietly() -> str:
        return "quiet"

    @router.get("/failing")
    @log_sample(0)
    async def fail() -> None:
        raise RuntimeError

    @router.get("/queries/{number}")
    async def ask(session: Session, number: int) -> None:
        for _ in range(number):
            await session.execute(text("select pg_sleep(0.01)"))

    @router.get("/own-headers")
    async def set_headers(response: Response) -> None:
        response.headers["X-Request-ID"] = "from-upstream"
        response.headers["Server-Timing"] = "cache;dur=1"

    return router


@pytest.mark.parametrize("given", ["abc-DEF_1.2", "x" * 128])
async def test_a_safe_request_id_is_taken_over(serve: Serve, given: str) -> None:
    answer = await serve(talking_router()).get("/items/1", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", 'a"b', "a\nb", "é", "a,b", "<script>"])
async def test_an_unsafe_request_id_is_replaced(serve: Serve, given: str) -> None:
    headers = [(b"x-request-id", given.encode("latin-1"))]
    answer = await serve(talking_router()).get("/items/1", headers=headers)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]+", answer.headers["x-request-id"])


async def test_requests_without_an_id_get_different_ones(serve: Serve) -> None:
    client = serve(talking_router())
    answers = [await client.get("/items/1") for _ in range(2)]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 2


async def test_every_line_of_a_request_has_its_id(serve: Serve, logged: Logged) -> None:
    await serve(talking_router()).get("/items/1", headers={"x-request-id": "mine"})
    lines = [logged(event)[0] for event in ("ours", "theirs", "request")]
    assert [line["request_id"] for line in lines] == ["mine"] * 3


async def test_a_request_is_one_line_that_names_the_route_and_not_the_path(
    serve: Serve, logged: Logged
) -> None:
    await serve(talking_router()).get("/items/hunter2?wait=0.001")
    (line,) = logged("request")
    assert line["level"] == "info"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/items/{item}", 200)
    assert line["ms"] >= 1
    assert (line["db_ms"], line["queries"]) == (0, 0)
    assert "hunter2" not in str(line)


async def test_an_unknown_path_is_not_written_to_the_log(serve: Serve, logged: Logged) -> None:
    await serve().get("/hunter2")
    (line,) = logged("request")
    assert (line["route"], line["status"]) == ("unmatched", 404)


async def test_a_route_of_a_mounted_router_is_named_with_its_prefix(
    serve: Serve, logged: Logged
) -> None:
    outer = APIRouter(prefix="/probes/v1")
    outer.include_router(talking_router(), prefix="/shop")
    await serve(outer).get("/probes/v1/shop/items/1")
    assert logged("request")[0]["route"] == "/probes/v1/shop/items/{item}"


async def test_a_slow_request_is_a_warning(serve: Serve, logged: Logged) -> None:
    client = serve(talking_router(), slow_request_ms=5, request_log_sample=0)
    await client.get("/items/1?wait=0.01")
    assert logged("request")[0]["level"] == "warning"


async def test_a_failed_request_is_a_warning_even_if_not_sampled(
    serve: Serve, logged: Logged
) -> None:
    await serve(talking_router(), request_log_sample=0).get("/failing")
    assert [line["level"] for line in logged("request")] == ["warning"]


async def test_a_sample_of_none_logs_no_ordinary_request(serve: Serve, logged: Logged) -> None:
    await serve(talking_router(), request_log_sample=0).get("/items/1")
    assert logged("request") == []


async def test_an_endpoint_has_a_sample_of_its_own(serve: Serve, logged: Logged) -> None:
    await serve(talking_router(), request_log_sample=1).get("/quiet")
    assert logged("request") == []


async def test_a_share_of_the_requests_is_logged(
    serve: Serve, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    rolls = iter([0.2, 0.3, 0.9, 0.24])
    monkeypatch.setattr("app.core.middleware.request_logging.random", lambda: next(rolls))
    client = serve(talking_router(), request_log_sample=0.25)
    for _ in range(4):
        await client.get("/items/1")
    assert len(logged("request")) == 2


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_sample_beyond_its_bounds_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_sample(rate)


async def test_server_timing_has_the_total_and_the_database(serve: Serve, reopen: Reopen) -> None:
    async with reopen():
        await check_database()  # a first connection asks for the server's version and the like
        answer = await serve(talking_router()).get("/queries/2")
    pattern = r'total;dur=([\d.]+), db;dur=([\d.]+);desc="2 queries"'
    found = re.fullmatch(pattern, answer.headers["server-timing"])
    assert found
    total, database = map(float, found.groups())
    assert total >= database >= 20


async def test_requests_at_the_same_time_do_not_mix_their_numbers(
    serve: Serve, logged: Logged, reopen: Reopen
) -> None:
    client = serve(talking_router())
    numbers = [1, 2, 3]
    async with reopen():
        await check_database()
        await asyncio.gather(*(client.get(f"/queries/{number}") for number in numbers))
    assert sorted(line["queries"] for line in logged("request")) == numbers


async def test_the_writes_of_a_commit_count_once() -> None:
    request = RequestContext("one")
    token = set_current_request(request)
    with time_database(queries=0):
        add_database_time(3600, queries=1)
    reset_current_request(token)
    assert (request.database_seconds < 60, request.database_queries) == (True, 1)


async def test_headers_that_an_endpoint_has_set_are_not_sent_twice(serve: Serve) -> None:
    answer = await serve(talking_router()).get("/own-headers", headers={"x-request-id": "mine"})
    assert answer.headers.get_list("x-request-id") == ["mine"]
    assert answer.headers["server-timing"].startswith("cache;dur=1, total;dur=")


async def test_a_client_that_disconnects_is_logged_as_499(serve: Serve, logged: Logged) -> None:
    request = asyncio.create_task(serve(talking_router()).get("/items/1?wait=60"))
    await wait_until(lambda: logged("ours"))
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert logged("request")[0]["status"] == 499


async def test_work_after_the_answer_does_not_make_a_request_slow(
    serve: Serve, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    router, hour = APIRouter(), 3600

    def let_an_hour_pass() -> None:
        monkeypatch.setattr("app.core.context.perf_counter", lambda: perf_counter() + hour)

    @router.get("/later")
    async def work_later(tasks: BackgroundTasks) -> None:
        tasks.add_task(let_an_hour_pass)

    await serve(router, slow_request_ms=hour * 1000 / 2).get("/later")
    assert logged("request")[0]["level"] == "info"


async def test_a_proxy_that_names_a_websocket_scheme_does_no_harm(serve: Serve) -> None:
    answer = await serve(talking_router(), base_url="wss://test").get("/items/1")
    assert answer.status_code == 200
    assert "strict-transport-security" in answer.headers
