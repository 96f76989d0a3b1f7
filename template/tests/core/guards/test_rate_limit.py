"""Rate limits: the client they count, their response, and addresses that cannot be forged."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Body, Depends, Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.core.api import Router
from app.core.context import current_request
from app.core.errors import Unauthorized
from app.core.guards import NoRateLimit, RateLimit, rate_limit
from app.core.guards.rate_limit import Allowance, InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from app.main import create_app
from app.settings import Settings
from tests.core.conftest import Serve
from tests.serving import Server, serving

MINUTE = 60 * 10**9


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop the clock, and start with nothing counted."""
    monkeypatch.setattr(rate_limit, "monotonic_ns", lambda: MINUTE)
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        yield


def route_with(*limits: RateLimit | NoRateLimit, path: str = "/limited") -> Router:
    router = Router(prefix=path)

    @router.get("", dependencies=[Depends(limit) for limit in limits], name=path[1:])
    async def read() -> str:
        return "fine"

    return router


async def statuses(client: httpx2.AsyncClient, *, times: int, path: str = "/limited") -> list[int]:
    return [(await client.get(path)).status_code for _ in range(times)]


async def test_a_limit_admits_its_number_of_requests_and_no_more(serve: Serve) -> None:
    client = serve(route_with(RateLimit("3/minute")))
    assert await statuses(client, times=5) == [200, 200, 200, 429, 429]


async def test_a_refusal_says_how_long_to_wait(serve: Serve) -> None:
    client = serve(route_with(RateLimit("1/minute")))
    assert (await client.get("/limited")).headers["ratelimit"] == '"limited";r=0;t=60'
    refused = await client.get("/limited")
    assert refused.json()["error"]["code"] == "rate_limited"
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["ratelimit"] == '"limited";r=0;t=60'
    assert refused.headers["ratelimit-policy"] == '"limited";q=1;w=60'


async def test_every_response_has_the_number_of_requests_left(serve: Serve) -> None:
    client = serve(route_with(RateLimit("3/minute", name="three")))
    left = [(await client.get("/limited")).headers["ratelimit"] for _ in range(2)]
    assert left == ['"three";r=2;t=20', '"three";r=1;t=20']


async def hits_at(monkeypatch: pytest.MonkeyPatch, *moments: float) -> list[int]:
    """Return the moments, in seconds, at which requests were admitted by a limit of 6/minute."""
    backend, admitted = InMemoryRateLimitBackend(), list[int]()
    for moment in moments:
        monkeypatch.setattr(rate_limit, "monotonic_ns", lambda at=moment: int(at * 10**9))
        if not (await backend.hit("me", amount=6, seconds=60)).is_exceeded:
            admitted.append(int(moment))
    return admitted


async def test_requests_come_back_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    burst = [100.0] * 9
    admitted = await hits_at(monkeypatch, *burst, 109.9, 110, 110, 129.9, 130, 130)
    assert admitted == [100] * 6 + [110, 129, 130]


async def test_no_edge_of_a_window_lets_twice_the_amount_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admitted = await hits_at(monkeypatch, 60, *[119.9] * 5, *[120.1] * 6)
    assert admitted == [60] + [119] * 5 + [120]


@pytest.mark.parametrize("amount", [1, 3, 7, 1000, 999_983])
async def test_the_amount_is_admitted_exactly(amount: int) -> None:
    backend = InMemoryRateLimitBackend()
    taken = await backend.hit("me", amount=amount, seconds=60, cost=amount - 1)
    assert (taken.is_exceeded, taken.remaining) == (False, 1)
    last = await backend.hit("me", amount=amount, seconds=60)
    assert (last.is_exceeded, last.remaining) == (False, 0)
    assert (await backend.hit("me", amount=amount, seconds=60)).is_exceeded


async def test_requests_can_be_looked_at_and_given_back() -> None:
    attempts = RateLimit("2/hour", name="attempts")
    await attempts.count("ada")
    await attempts.count("ada")
    assert (await attempts.try_count("ada", cost=0)).remaining == 0
    assert (await attempts.try_count("ada", cost=-1)).remaining == 1
    await attempts.count("ada")
    await attempts.clear("ada")
    assert await attempts.try_count("ada", cost=0) == Allowance(
        is_exceeded=False, remaining=2, seconds=0
    )


async def test_many_callers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_LOCAL_CLIENTS", 100)
    backend = InMemoryRateLimitBackend()
    for number in range(1000):
        await backend.hit(str(number), amount=9, seconds=60)
        assert len(backend._complete_at) <= 100
    assert (await backend.hit("999", amount=9, seconds=60)).remaining == 7


async def reject(_request: Request) -> None:
    raise Unauthorized


async def say_number(number: Annotated[int, Body()]) -> int:
    return number


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("\xff", 400), ("[" * 100_000, 400), ('"x"', 422), ("1" * 2_000_000, 413)],
)
@pytest.mark.parametrize("router", [Router, APIRouter])
async def test_a_body_that_cannot_be_used_counts(
    serve: Serve, router: type[APIRouter], body: str, status: int
) -> None:
    limited = router(prefix="/limited")
    limited.post("")(say_number)
    client = serve(limited, rate_limit="3/minute")
    headers = {"Content-Type": "application/json"}
    sent = [
        await client.post("/limited", content=body.encode("latin-1"), headers=headers)
        for _ in range(4)
    ]
    assert [response.status_code for response in sent] == [status] * 3 + [429]
    assert sent[3].json()["error"]["code"] == "rate_limited"
    assert sent[3].headers["ratelimit"] == '"default";r=0;t=20'
    assert sent[3].headers["retry-after"] == "20"


async def test_a_request_that_is_not_authenticated_counts(serve: Serve) -> None:
    router = Router(prefix="/limited", dependencies=[Depends(reject)])
    router.get("", dependencies=[Depends(RateLimit("2/minute"))])(lambda: None)
    assert await statuses(serve(router), times=3) == [401, 401, 429]


async def test_a_request_that_fails_later_counts_once(serve: Serve) -> None:
    router = Router(prefix="/limited")
    router.get("", dependencies=[Depends(RateLimit("2/minute"))])(reject)
    assert await statuses(serve(router), times=3) == [401, 401, 429]


async def test_routes_count_apart_unless_they_name_the_same_limit(serve: Serve) -> None:
    apart = [route_with(RateLimit("1/minute"), path=f"/apart-{n}") for n in (1, 2)]
    client = serve(*apart)
    assert await statuses(client, times=1, path="/apart-1") == [200]
    assert await statuses(client, times=1, path="/apart-2") == [200]
    shared = RateLimit("1/minute", name="shared")
    client = serve(*(route_with(shared, path=f"/shared-{n}") for n in (1, 2)))
    assert await statuses(client, times=1, path="/shared-1") == [200]
    assert await statuses(client, times=1, path="/shared-2") == [429]


async def test_users_are_counted_apart_though_their_address_is_the_same(serve: Serve) -> None:
    router = Router(prefix="/limited")

    async def find_user(name: str) -> str:
        request = current_request()
        assert request
        request.user_id = name
        return name

    @router.get("", dependencies=[Depends(RateLimit("1/minute"))])
    async def read_as_user(user: Annotated[str, Depends(find_user)]) -> str:
        return user

    client = serve(router)
    asked = [await client.get(f"/limited?name={name}") for name in ("ada", "bob", "ada")]
    assert [answer.status_code for answer in asked] == [200, 200, 429]


async def test_the_default_holds_where_a_route_declares_nothing(serve: Serve) -> None:
    client = serve(
        route_with(path="/plain"),
        route_with(RateLimit("3/minute"), path="/own"),
        route_with(NoRateLimit(), path="/free"),
        rate_limit="1/minute",
    )
    assert await statuses(client, times=2, path="/plain") == [200, 429]
    assert await statuses(client, times=4, path="/own") == [200, 200, 200, 429]
    assert await statuses(client, times=4, path="/free") == [200] * 4
    assert await statuses(client, times=4, path="/health/live") == [200] * 4


async def test_every_route_has_a_default_limit_unless_the_settings_switch_it_off(
    serve: Serve,
) -> None:
    client = serve(route_with(path="/plain"), rate_limit=Settings().rate_limit)
    answer = await client.get("/plain")
    assert answer.headers["ratelimit-policy"] == '"default";q=600;w=60'
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "429" in paths["/plain"]["get"]["responses"]
    assert "429" not in paths["/health/ready"]["get"]["responses"]


async def test_without_a_limit_an_answer_has_no_limit_headers(serve: Serve) -> None:
    answer = await serve(route_with(path="/plain")).get("/plain")
    assert "ratelimit" not in answer.headers


async def test_openapi_names_the_429_of_limited_routes_only(serve: Serve) -> None:
    client = serve(route_with(RateLimit("3/minute")), route_with(path="/plain"))
    paths = (await client.get("/openapi.json")).json()["paths"]
    refusal = paths["/limited"]["get"]["responses"]["429"]["content"]["application/json"]
    assert refusal["schema"] == {"$ref": "#/components/schemas/ErrorEnvelope"}
    assert list(refusal["examples"]) == ["rate_limited"]
    assert "429" not in paths["/plain"]["get"]["responses"]


async def test_something_that_is_no_route_can_be_counted() -> None:
    attempts = RateLimit("2/hour", name="attempts")
    await attempts.count("ada")
    await attempts.count("ada")
    await attempts.count("bob")
    with pytest.raises(rate_limit.RateLimited):
        await attempts.count("ada")
    with pytest.raises(ValueError, match="needs a name"):
        await RateLimit("2/hour").count("ada")


@pytest.mark.parametrize("rate", ["10", "0/minute", "ten/minute", "10/week", "10 / minute", ""])
def test_a_rate_that_cannot_be_read_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="write it like 100/minute"):
        RateLimit(rate)


async def test_fifty_requests_at_once_do_not_slip_through(serve: Serve) -> None:
    client = serve(route_with(RateLimit("10/minute")))
    answers = await asyncio.gather(*(client.get("/limited") for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 40


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.1:8080", "192.0.2.1"),
        ("::ffff:192.0.2.1:80", "192.0.2.1"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1", "2001:db8:1:2::/64"),
        *((text, "unknown") for text in ("", "unix:", "a:b", "_hidden", "[", "1.2.3.4.5", "::g")),
    ],
)
def test_a_client_is_its_address_or_its_ipv6_network(host: str, counted_as: str) -> None:
    assert rate_limit.network_of(host) == counted_as


@pytest.mark.parametrize("forwarded", ["unix:", "a:b", "::ffff:1.2.3.4:80", "[2001:db8::1", "\xff"])
async def test_a_forwarded_address_that_is_none_is_limited(
    settings: Settings, forwarded: str
) -> None:
    app = create_app(settings.model_copy(update={"rate_limit": "1/hour"}))
    app.add_api_route("/limited", lambda: None)
    proxied = ProxyHeadersMiddleware(app, "*")  # pyrefly: ignore[bad-argument-type] - a type of uvicorn
    transport = httpx2.ASGITransport(proxied)  # pyrefly: ignore[bad-argument-type] - a type of uvicorn
    headers = [(b"x-forwarded-for", forwarded.encode("latin-1"))]
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        statuses = [(await client.get("/limited", headers=headers)).status_code for _ in range(2)]
    assert statuses == [200, 429]


async def test_counters_of_a_module_hold_while_it_is_open() -> None:
    class Full:
        async def hit(self, key: str, *, amount: int, seconds: int, cost: int = 1) -> Allowance:
            assert (key, amount, seconds, cost) == ("rate:attempts:2/hour:subject:ada", 2, 3600, 1)
            return Allowance(is_exceeded=True, remaining=0, seconds=10.2)

    attempts = RateLimit("2/hour", name="attempts")
    with provide(RateLimitBackend, Full()), pytest.raises(rate_limit.RateLimited) as refused:
        await attempts.count("ada")
    assert refused.value.headers["Retry-After"] == "11"
    await attempts.count("ada")


ECHOING_SERVICE = """
from fastapi import Depends
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from app import main
from app.core.guards import RateLimit
def create_app():
    app = main.create_app()
    @app.get("/limited", dependencies=[Depends(RateLimit("2/minute"))])
    async def read_limited() -> str:
        return "fine"
    return app
"""


async def ask_as(server: Server, *addresses: str) -> list[int]:
    async with httpx2.AsyncClient() as client:
        headers = [{"X-Forwarded-For": address} for address in addresses]
        answers = [await client.get(f"{server.address}/limited", headers=one) for one in headers]
    return [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    ("trusted", "expected"), [("192.0.2.1", [200, 200, 429]), ("127.0.0.1", [200, 200, 200])]
)
async def test_only_a_trusted_proxy_says_who_the_client_is(
    trusted: str, expected: list[int], tmp_path: Path, settings: Settings
) -> None:
    assert settings.database_url
    environment = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "FORWARDED_ALLOW_IPS": trusted,
    }
    with serving(ECHOING_SERVICE, folder=tmp_path, environment=environment) as server:
        assert await ask_as(server, "198.51.100.1", "198.51.100.2", "198.51.100.3") == expected


async def test_a_client_cannot_forge_an_address_through_a_trusted_proxy(
    tmp_path: Path, settings: Settings
) -> None:
    assert settings.database_url
    environment = {"DATABASE_URL": settings.database_url.get_secret_value()}
    with serving(ECHOING_SERVICE, folder=tmp_path, environment=environment) as server:
        forged = [f"203.0.113.{number}, 198.51.100.7" for number in range(3)]
        assert await ask_as(server, *forged) == [200, 200, 429]
