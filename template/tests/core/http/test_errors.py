"""Responses of this service when one that it calls fails."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.core.api import errors
from app.core.http import UPSTREAM_ERRORS, HttpClient
from app.core.http.circuit_breaker import CircuitBreaker
from tests.core.conftest import Logged, Serve
from tests.core.http.upstreams import PATIENT, Answer, FakeUpstream, reply, stall


@pytest.fixture
async def router(upstream: FakeUpstream) -> AsyncIterator[APIRouter]:
    """Routes that ask another service."""
    breaker = CircuitBreaker("probe", failures=2, seconds=3600)
    async with HttpClient(
        "probe", base_url=upstream.url, timeouts=PATIENT, breaker=breaker
    ) as client:
        router = APIRouter()

        @router.post("/ask/{times}", responses=errors(*UPSTREAM_ERRORS))
        async def ask(times: int, deadline: float = 60) -> None:
            """Ask so many times at once."""
            asking = [client.request("POST", "/", deadline=deadline) for _ in range(times)]
            await asyncio.gather(*asking)

        yield router


@pytest.mark.parametrize(
    ("answer", "deadline", "status", "code"),
    [(reply(500, b"SELECT"), 60, 502, "upstream_failed"), (stall, 0.5, 504, "upstream_timed_out")],
)
async def test_a_failing_service_is_an_error_envelope_that_does_not_name_it(
    serve: Serve,
    router: APIRouter,
    upstream: FakeUpstream,
    answer: Answer,
    deadline: float,
    status: int,
    code: str,
) -> None:
    upstream.answer_with(answer)
    failed = await serve(router).post(f"/ask/1?deadline={deadline}")
    assert (failed.status_code, failed.json()["error"]["code"]) == (status, code)
    assert not re.search(r"probe|500|SELECT|127\.0\.0\.1", failed.json()["error"]["message"])


async def test_an_open_breaker_is_a_503_that_says_when_to_try_again(
    serve: Serve, router: APIRouter, upstream: FakeUpstream
) -> None:
    upstream.answer_with(reply(500))
    client = serve(router)
    for _ in range(2):
        assert (await client.post("/ask/1")).status_code == 502
    refused = await client.post("/ask/1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "upstream_unavailable")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert len(upstream.requests) == 2
    assert "upstream" not in refused.headers["server-timing"]


async def test_time_and_calls_are_in_server_timing_and_in_the_log(
    serve: Serve, router: APIRouter, logged: Logged
) -> None:
    answer = await serve(router).post("/ask/3")
    found = re.search(r', upstream;dur=([\d.]+);desc="3 calls"$', answer.headers["server-timing"])
    assert found
    assert float(found[1]) > 0
    (line,) = logged("request")
    assert line["upstream_calls"] == 3
    assert line["upstream_ms"] > 0


async def test_failed_attempts_count_as_calls(
    serve: Serve, router: APIRouter, upstream: FakeUpstream, logged: Logged
) -> None:
    upstream.answer_with(reply(500))
    await serve(router).post("/ask/1")
    assert logged("request")[0]["upstream_calls"] == 1


async def test_a_request_without_calls_logs_no_upstream_time(
    serve: Serve, router: APIRouter, logged: Logged
) -> None:
    answer = await serve(router).post("/ask/0")
    assert "upstream" not in answer.headers["server-timing"]
    assert not [name for name in logged("request")[0] if name.startswith("upstream")]


async def test_the_document_has_the_errors_of_a_route_that_calls_others(
    serve: Serve, router: APIRouter
) -> None:
    document = (await serve(router).get("/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    responses = document["paths"]["/ask/{times}"]["post"]["responses"]
    codes = {
        status: set(responses[status]["content"]["application/json"]["examples"])
        for status in ("502", "503", "504")
    }
    assert codes == {
        "502": {"upstream_failed"},
        "503": {"unavailable", "upstream_unavailable"},
        "504": {"upstream_timed_out"},
    }
