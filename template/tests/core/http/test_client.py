"""Calls to a service that fails in every way there is, over real connections."""

import asyncio
import gc
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import StringIO

import pytest

from app.core.http import Timeouts, UpstreamError, UpstreamFailed, UpstreamTimedOut
from app.core.http.circuit_breaker import State
from tests.core.conftest import Connect, Logged
from tests.core.http.upstreams import (
    Answer,
    FakeUpstream,
    babble,
    hang_up,
    reply,
    reset,
    stall,
    trickle,
)
from tests.waiting import wait_until


async def test_a_request_arrives_as_it_was_given(connect: Connect, upstream: FakeUpstream) -> None:
    client = connect(base_url=f"{upstream.url}/v1", headers={"Authorization": "Bearer us"})
    upstream.answer_with(reply(201, b'{"id": 1}', X_Kind="thing"))
    answer = await client.request(
        "POST", "/things", json={"a": 1}, params={"q": ["x", "y"]}, headers={"X-Trace": "t"}
    )
    assert (answer.status_code, answer.json()) == (201, {"id": 1})
    assert answer.headers["x-kind"] == "thing"
    (seen,) = upstream.requests
    assert seen.line == "POST /v1/things?q=x&q=y HTTP/1.1"
    assert (seen.headers["authorization"], seen.headers["x-trace"]) == ("Bearer us", "t")
    assert (bytes(seen.body), seen.headers["content-type"]) == (b'{"a":1}', "application/json")
    assert "idempotency-key" not in seen.headers


@pytest.mark.parametrize("status", [204, 302, 400, 404, 408, 422, 499])
async def test_other_statuses_are_returned_to_the_caller(
    connect: Connect, upstream: FakeUpstream, status: int
) -> None:
    client = connect(failures=1)
    upstream.answer_with(reply(status, b"", Location="/elsewhere"))
    assert (await client.request("GET", "/")).status_code == status
    assert len(upstream.requests) == 1
    assert client.breaker.state is State.CLOSED


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (reply(500), UpstreamFailed, "500"),
        (reply(503), UpstreamFailed, "503"),
        (reply(429), UpstreamFailed, "429"),
        (reset, UpstreamFailed, "ReadError"),
        (hang_up, UpstreamFailed, "RemoteProtocolError"),
        (babble, UpstreamFailed, "RemoteProtocolError"),
    ],
)
async def test_a_failure_is_repeated_and_then_raised(
    connect: Connect, upstream: FakeUpstream, answer: Answer, kind: type[UpstreamError], reason: str
) -> None:
    upstream.answer_with(answer)
    with pytest.raises(kind) as failed:
        await connect().request("GET", "/")
    assert failed.value.reason == reason
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("failure", [reply(500), reply(429), reset, hang_up])
async def test_a_failure_that_passes_is_not_seen(
    connect: Connect, upstream: FakeUpstream, failure: Answer
) -> None:
    upstream.answer_with(failure, failure, reply(200, b"[1]"))
    answer = await connect().request("GET", "/")
    assert answer.json() == [1]
    assert len(upstream.requests) == 3


async def test_a_service_that_is_not_there_has_failed(connect: Connect) -> None:
    with pytest.raises(UpstreamFailed) as failed:
        await connect(base_url="http://127.0.0.1:9").request("GET", "/")
    assert failed.value.reason == "ConnectError"


@pytest.mark.parametrize("method", ["GET", "head", "PUT", "DELETE", "OPTIONS"])
async def test_methods_that_may_run_twice_are_repeated(
    connect: Connect, upstream: FakeUpstream, method: str
) -> None:
    upstream.answer_with(reply(500, b""), reply(200, b""))
    assert (await connect().request(method, "/")).status_code == 200
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("failure", [reply(500), reply(429, Retry_After="0"), reset])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_other_methods_are_sent_once(
    connect: Connect, upstream: FakeUpstream, method: str, failure: Answer
) -> None:
    upstream.answer_with(failure, reply())
    with pytest.raises(UpstreamFailed):
        await connect().request(method, "/", json={})
    assert len(upstream.requests) == 1


async def test_an_idempotency_key_makes_a_post_one_that_is_repeated(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reset, reply(500), reply())
    await connect().request("POST", "/", content=b"pay", idempotency_key="once")
    sent = [(seen.headers["idempotency-key"], bytes(seen.body)) for seen in upstream.requests]
    assert sent == [("once", b"pay")] * 3


@pytest.mark.parametrize(("method", "retry", "requests"), [("POST", True, 2), ("GET", False, 1)])
async def test_the_caller_may_know_better(
    connect: Connect, upstream: FakeUpstream, method: str, *, retry: bool, requests: int
) -> None:
    upstream.answer_with(reply(500), reply())
    try:
        await connect().request(method, "/", retry=retry)
    except UpstreamFailed:
        assert not retry
    assert len(upstream.requests) == requests


async def test_retry_after_in_seconds_is_waited_for(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(429, Retry_After="1"), reply())
    await connect().request("GET", "/")
    first, second = upstream.requests
    assert second.at - first.at >= 1


async def test_retry_after_as_a_date_is_waited_for(
    connect: Connect, upstream: FakeUpstream
) -> None:
    date = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    upstream.answer_with(reply(503, Retry_After=format_datetime(date, usegmt=True)), reply())
    await connect().request("GET", "/")
    assert upstream.requests[1].at >= date.timestamp()


async def test_a_retry_after_beyond_the_deadline_is_not_waited_for(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(429, Retry_After="3600"))
    with pytest.raises(UpstreamFailed) as failed:
        async with asyncio.timeout(60):
            await connect().request("GET", "/")
    assert failed.value.retry_after == 3600
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(("chance", "pauses"), [(0, [0.2, 0.4]), (1, [0.4, 0.8])])
async def test_pauses_grow_and_are_in_part_chance(
    connect: Connect,
    upstream: FakeUpstream,
    logged: Logged,
    monkeypatch: pytest.MonkeyPatch,
    chance: float,
    pauses: list[float],
) -> None:
    monkeypatch.setattr("app.core.http.client.BACKOFF_SECONDS", 0.2)

    def draw(_least: float, most: float) -> float:
        return chance * most

    monkeypatch.setattr("app.core.http.client.uniform", draw)
    upstream.answer_with(reply(500))
    with pytest.raises(UpstreamFailed):
        await connect().request("GET", "/")
    lines = logged("stamina.retry_scheduled")
    assert [line["wait_for"] for line in lines] == pauses
    assert lines[0]["caused_by"] == "UpstreamFailed(probe: 500)"


async def test_a_stalling_service_times_out(connect: Connect, upstream: FakeUpstream) -> None:
    upstream.answer_with(stall)
    client = connect(timeouts=Timeouts(connect=60, read=0.05, write=60, pool=60), failures=3)
    with pytest.raises(UpstreamTimedOut) as timed_out:
        await client.request("GET", "/")
    assert timed_out.value.reason == "ReadTimeout"
    await wait_until(lambda: len(upstream.requests) == 3)
    assert client.breaker.is_open


@pytest.mark.parametrize("answer", [trickle, stall])
async def test_the_deadline_holds_across_all_steps(
    connect: Connect, upstream: FakeUpstream, answer: Answer
) -> None:
    upstream.answer_with(answer)
    client = connect(failures=1)
    with pytest.raises(UpstreamTimedOut) as timed_out:
        async with asyncio.timeout(10):  # else a minute
            await client.request("GET", "/", deadline=0.5)
    assert timed_out.value.reason == "deadline"
    assert client.breaker.is_open


async def test_requests_given_up_leave_their_connections_to_others(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(stall)
    client = connect(max_calls=150)
    given_up = [client.request("GET", "/", deadline=0.5) for _ in range(150)]
    outcomes = await asyncio.gather(*given_up, return_exceptions=True)
    assert all(isinstance(outcome, UpstreamTimedOut) for outcome in outcomes)
    upstream.answer_with(reply())
    answers = await asyncio.gather(*(client.request("GET", "/") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}


async def test_answers_that_are_not_read_leave_their_connections_to_others(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(500, b"x" * 1000))
    client = connect()
    for _ in range(150):
        with pytest.raises(UpstreamFailed, match="invalid response"):
            await client.request("GET", "/", retry=False)


async def test_a_cancelled_request_is_neither_repeated_nor_a_failure(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(stall)
    client = connect(failures=1)
    request = asyncio.create_task(client.request("GET", "/"))
    await wait_until(lambda: upstream.requests)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert len(upstream.requests) == 1
    assert client.breaker.state is State.CLOSED


async def test_cookies_are_not_kept(connect: Connect, upstream: FakeUpstream) -> None:
    upstream.answer_with(reply(200, Set_Cookie="session=of-somebody; Path=/"))
    client = connect()
    for _ in range(2):
        await client.request("GET", "/")
    assert "cookie" not in upstream.requests[1].headers


@pytest.mark.parametrize("url", ["http://127.0.0.2/", "http://127.0.0.1/", "https://else.test/a"])
async def test_no_request_leaves_the_origin(
    connect: Connect, upstream: FakeUpstream, url: str
) -> None:
    with pytest.raises(ValueError, match="probe is not at"):
        await connect().request("GET", url)
    assert upstream.requests == []


async def test_a_whole_url_at_the_origin_will_do(connect: Connect, upstream: FakeUpstream) -> None:
    await connect(base_url=f"{upstream.url}/v1").request("GET", f"{upstream.url}/v2?page=2")
    assert upstream.requests[0].line == "GET /v2?page=2 HTTP/1.1"


async def test_a_service_on_this_machine_is_not_asked_through_a_proxy(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert (await connect().request("GET", "/")).status_code == 200


async def test_nothing_secret_is_logged(
    connect: Connect, upstream: FakeUpstream, logged: Logged, log_stream: StringIO
) -> None:
    client = connect(headers={"Authorization": "Bearer hunter2"})
    upstream.answer_with(reply(500, b"hunter2", X_Echo="hunter2"))
    with pytest.raises(UpstreamFailed):
        await client.request("PUT", "/hunter2?q=hunter2", json="hunter2")
    (line,) = logged("upstream_failed")
    assert (line["upstream"], line["method"], line["reason"]) == ("probe", "PUT", "500")
    assert (line["attempts"], line["level"]) == (3, "warning")
    assert "hunter2" not in log_stream.getvalue()


async def test_the_body_of_a_finished_request_needs_no_garbage_collection(
    connect: Connect, upstream: FakeUpstream
) -> None:
    client, body = connect(), bytes(1000)
    upstream.answer_with(reply(503), reply())
    gc.disable()
    try:
        before = sys.getrefcount(body)
        await client.request("PUT", "/", content=body)
        assert sys.getrefcount(body) == before
    finally:
        gc.enable()
    assert len(upstream.requests) == 2
