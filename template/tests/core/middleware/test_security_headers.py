import httpx2
import pytest
from fastapi import APIRouter, Response

from tests.core.conftest import Serve

EXPECTED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def answering_router() -> APIRouter:
    router = APIRouter()

    @router.get("/cached")
    async def allow_caching(response: Response) -> None:
        response.headers["Cache-Control"] = "max-age=60"

    @router.get("/failing")
    async def fail() -> None:
        raise RuntimeError

    return router


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/failing"])
async def test_every_answer_has_them(serve: Serve, path: str) -> None:
    answer = await serve(answering_router()).get(path)
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED


async def test_https_is_demanded_only_over_https(serve: Serve) -> None:
    plain = await serve().get("/health/live")
    secure = await serve(base_url="https://test").get("/health/live")
    assert "strict-transport-security" not in plain.headers
    assert secure.headers["strict-transport-security"].startswith("max-age=63072000")


async def test_an_endpoint_may_set_its_own(serve: Serve) -> None:
    answer = await serve(answering_router()).get("/cached")
    assert answer.headers.get_list("cache-control") == ["max-age=60"]
    assert "x-frame-options" in answer.headers


async def test_the_page_of_the_documentation_may_run_its_own_scripts(serve: Serve) -> None:
    answer: httpx2.Response = await serve().get("/docs")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "script-src 'self'" in policy
