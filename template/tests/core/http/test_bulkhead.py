"""Calls to a service that hangs are few, and the others are refused soon."""

import asyncio
import time

import pytest

from app.core.http import UpstreamUnavailable, client
from app.core.http.bulkhead import Bulkhead
from tests.core.conftest import Connect, Logged
from tests.core.http.upstreams import FakeUpstream, reply, stall
from tests.waiting import wait_until


async def hold(bulkhead: Bulkhead, until: asyncio.Event) -> None:
    async with bulkhead.admit():
        await until.wait()


async def test_calls_beyond_the_bounds_are_refused_and_the_others_are_made() -> None:
    bulkhead = Bulkhead("probe", calls=2, waiting=1, seconds=60)
    end = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(hold(bulkhead, end))
        await asyncio.sleep(0)
        with pytest.raises(UpstreamUnavailable):
            await hold(bulkhead, end)
        end.set()
    await hold(bulkhead, end)


async def test_a_call_waits_for_a_limited_time(logged: Logged) -> None:
    bulkhead = Bulkhead("probe", calls=1, waiting=10, seconds=0.01)
    async with bulkhead.admit():
        with pytest.raises(UpstreamUnavailable) as refused:
            await hold(bulkhead, asyncio.Event())
    assert refused.value.headers["Retry-After"] == "2"
    assert logged("upstream_saturated") == [
        {"event": "upstream_saturated", "upstream": "probe"} | logged("upstream_saturated")[0]
    ]
    async with bulkhead.admit():
        pass


async def test_a_cancelled_call_gives_its_place_back() -> None:
    bulkhead = Bulkhead("probe", calls=1, waiting=1, seconds=60)
    for _ in range(3):
        async with bulkhead.admit():
            waiting = asyncio.create_task(hold(bulkhead, asyncio.Event()))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])


async def test_a_client_bounds_the_calls_to_a_service_that_hangs(
    connect: Connect, upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SECONDS_IN_QUEUE", 0.05)
    upstream.answer_with(stall)
    slow = connect(max_calls=2)
    calls = [asyncio.create_task(slow.request("GET", "/")) for _ in range(10)]
    try:
        await wait_until(lambda: sum(call.done() for call in calls) == 8)
        for call in calls:
            if call.done():
                assert isinstance(call.exception(), UpstreamUnavailable)
        assert len(upstream.requests) == 2
    finally:
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
    upstream.answer_with(reply())
    assert (await slow.request("GET", "/")).status_code == 200


async def test_a_full_bulkhead_refuses_at_once(connect: Connect, upstream: FakeUpstream) -> None:
    upstream.answer_with(stall)
    slow = connect(max_calls=1)
    calls = [asyncio.create_task(slow.request("GET", "/")) for _ in range(2)]
    try:
        await wait_until(lambda: upstream.requests)
        started = time.monotonic()
        with pytest.raises(UpstreamUnavailable):
            await slow.request("GET", "/")
        assert time.monotonic() - started < client.SECONDS_IN_QUEUE / 2
    finally:
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
