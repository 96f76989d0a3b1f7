"""When a client leaves the service behind it alone."""

import asyncio

import httpx2
import pytest

from app.core.http import UpstreamFailed, UpstreamUnavailable
from app.core.http.circuit_breaker import CircuitBreaker, State
from tests.core.api.test_health import ask_ready
from tests.core.conftest import Connect
from tests.core.http.upstreams import Clock, FakeUpstream, reply, stall
from tests.waiting import wait_until


async def test_too_many_requests_never_open_the_breaker(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(429))
    client = connect(failures=1)
    with pytest.raises(UpstreamFailed):
        await client.request("GET", "/")
    assert client.breaker.state is State.CLOSED


async def test_an_open_breaker_answers_without_asking_the_service(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(500))
    client = connect(failures=3)
    await client.ping()
    with pytest.raises(UpstreamFailed):
        await client.request("GET", "/")
    with pytest.raises(UpstreamUnavailable):
        await client.request("GET", "/")
    with pytest.raises(UpstreamUnavailable):
        await client.ping()
    assert len(upstream.requests) == 3


async def test_readiness_names_a_service_for_as_long_as_it_is_left_alone(
    connect: Connect, upstream: FakeUpstream
) -> None:
    clock = Clock()
    client = connect(breaker=CircuitBreaker("probe", failures=1, seconds=10, clock=clock))
    upstream.answer_with(reply(500))
    away = []
    for _ in range(2):
        ready = await ask_ready("probe", probe=client.ping)
        away.append(ready.json()["data"]["unavailable"])
        with pytest.raises(UpstreamFailed):
            await client.request("GET", "/", retry=False)
        ready = await ask_ready("probe", probe=client.ping)
        away.append(ready.json()["data"]["unavailable"])
        clock.now += 10
    assert away == [[], ["probe"], [], ["probe"]]
    assert len(upstream.requests) == 2


async def test_a_streamed_answer_closes_the_breaker_before_its_body_is_read(
    connect: Connect, upstream: FakeUpstream
) -> None:
    clock = Clock()
    client = connect(breaker=CircuitBreaker("probe", failures=1, seconds=10, clock=clock))
    upstream.answer_with(reply(500), reply())
    with pytest.raises(UpstreamFailed):
        await client.request("GET", "/", retry=False)
    clock.now += 10
    async with client.stream("GET", "/"):
        assert client.breaker.state is State.CLOSED


async def test_nothing_is_repeated_once_the_breaker_has_opened(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(500))
    with pytest.raises(UpstreamFailed):
        await connect(failures=2).request("GET", "/")
    assert len(upstream.requests) == 2


async def test_half_open_lets_exactly_one_of_many_through(
    connect: Connect, upstream: FakeUpstream
) -> None:
    clock, may_answer = Clock(), asyncio.Event()
    breaker = CircuitBreaker("probe", failures=1, seconds=10, clock=clock)
    client = connect(breaker=breaker)
    upstream.answer_with(reply(500))
    with pytest.raises(UpstreamFailed):
        await client.request("GET", "/")

    async def answer_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may_answer.wait()
        await reply()(reader, writer)

    upstream.answer_with(answer_later)
    clock.now += 10
    await client.ping()
    requests = [asyncio.create_task(client.request("GET", "/")) for _ in range(50)]
    await wait_until(lambda: sum(request.done() for request in requests) == 49)
    may_answer.set()
    outcomes = await asyncio.gather(*requests, return_exceptions=True)
    assert sum(isinstance(outcome, UpstreamUnavailable) for outcome in outcomes) == 49
    assert sum(isinstance(outcome, httpx2.Response) for outcome in outcomes) == 1
    assert len(upstream.requests) == 2
    assert breaker.state is State.CLOSED


async def test_a_cancelled_probe_makes_room_for_another(
    connect: Connect, upstream: FakeUpstream
) -> None:
    clock = Clock()
    client = connect(breaker=CircuitBreaker("probe", failures=1, seconds=10, clock=clock))
    upstream.answer_with(reply(500), stall)
    with pytest.raises(UpstreamFailed):
        await client.request("GET", "/")
    clock.now += 10
    probe = asyncio.create_task(client.request("GET", "/"))
    await wait_until(lambda: len(upstream.requests) == 2)
    with pytest.raises(UpstreamUnavailable):
        await client.request("GET", "/")
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    upstream.answer_with(reply())
    assert (await client.request("GET", "/")).status_code == 200
    assert client.breaker.state is State.CLOSED
