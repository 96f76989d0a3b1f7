"""Bodies: how large they may be, and those sent and read piece by piece."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.http import UpstreamFailed, UpstreamTimedOut
from app.core.http.circuit_breaker import State
from tests.core.conftest import Connect
from tests.core.http.upstreams import Answer, FakeUpstream, begin, flood, hang_up, reply, reset
from tests.waiting import wait_until


async def test_an_iterated_body_is_sent_as_it_comes_and_only_once(
    connect: Connect, upstream: FakeUpstream
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        await wait_until(lambda: upstream.requests and upstream.requests[0].body == b"one")
        yield b"two"

    upstream.answer_with(reply(500), reply())
    with pytest.raises(UpstreamFailed):
        await connect().request("PUT", "/", content=pieces(), retry=True, idempotency_key="k")
    (seen,) = upstream.requests
    assert seen.body == b"onetwo"


async def test_our_own_callers_slowness_is_not_the_services_failure(connect: Connect) -> None:
    async def never_ending() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    client = connect(failures=1)
    with pytest.raises(UpstreamTimedOut):
        async with asyncio.timeout(60):
            await client.request("PUT", "/", content=never_ending(), deadline=0.5)
    assert client.breaker.state is State.CLOSED


async def test_an_error_of_the_iterated_body_itself_is_passed_on(connect: Connect) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"one"
        raise TimeoutError

    client = connect(failures=1)
    with pytest.raises(TimeoutError):
        await client.request("PUT", "/", content=breaking())
    assert client.breaker.state is State.CLOSED


async def test_a_streamed_answer_has_no_greatest_size_and_no_deadline_for_its_body(
    connect: Connect, upstream: FakeUpstream
) -> None:
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await begin(writer, 200)
        has_begun.set()
        await may_end.wait()
        writer.write(b"x" * 5000)

    upstream.answer_with(answer)
    deadline = 3
    async with connect(max_bytes=1000).stream("GET", "/", deadline=deadline) as streamed:
        await asyncio.sleep(deadline + 0.2)
        may_end.set()
        assert sum([len(piece) async for piece in streamed.aiter_bytes()]) == 5000


@pytest.mark.parametrize("answer", [reply(500), reply(429), reset, hang_up])
async def test_a_streamed_answer_fails_like_any_other_but_is_asked_for_once(
    connect: Connect, upstream: FakeUpstream, answer: Answer
) -> None:
    upstream.answer_with(answer)
    with pytest.raises(UpstreamFailed):
        async with connect().stream("GET", "/") as streamed:
            await streamed.aread()
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(200, b"x" * 1001), "body too large"),
        (flood, "body too large"),
        (reply(200, b"\x1f\x8b", Content_Encoding="gzip"), "encoded body"),
    ],
)
async def test_a_body_that_is_too_large_or_could_become_so_is_refused(
    connect: Connect, upstream: FakeUpstream, answer: Answer, reason: str
) -> None:
    upstream.answer_with(answer)
    client = connect(max_bytes=1000, failures=1)
    with pytest.raises(UpstreamFailed) as failed:
        await client.request("GET", "/")
    assert failed.value.reason == reason
    assert len(upstream.requests) == 1
    assert upstream.requests[0].headers["accept-encoding"] == "identity"
    assert client.breaker.state is State.CLOSED


async def test_a_body_of_the_greatest_size_is_read(
    connect: Connect, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(200, b"x" * 1000))
    assert len((await connect(max_bytes=1000).request("GET", "/")).content) == 1000
