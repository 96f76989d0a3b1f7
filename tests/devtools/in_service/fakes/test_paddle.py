"""The fake validates requests like Paddle and sends webhooks out of order."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from devtools.fakes.paddle import REQUESTS_A_MINUTE, FakePaddle, provide_fake_paddle, sign

KEY, SECRET = "pdl_key", "pdl_secret"


class Service:
    """Records the events that it receives; refuses the next `refusals` of them."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refusals = 0
        self.app = Starlette(routes=[Route("/hooks", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        body = await request.body()
        signature = request.headers["Paddle-Signature"]
        at = float(signature[3:].partition(";")[0])
        assert signature == sign(body, secret=SECRET, at=at)
        if self.refusals:
            self.refusals -= 1
            return Response(status_code=500)
        self.events.append(orjson.loads(body))
        return Response()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def fake(service: Service, tmp_path: Path) -> FakePaddle:
    return FakePaddle(
        api_key=KEY,
        secret=SECRET,
        webhook_url="http://service/hooks",
        state_file=tmp_path / "paddle.json",
        transport=httpx2.ASGITransport(service.app),
    )


@pytest.fixture
async def client(fake: FakePaddle) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(fake.app),
        base_url="http://paddle",
        headers={"Authorization": f"Bearer {KEY}"},
    ) as client:
        yield client


async def create(client: httpx2.AsyncClient, email: str = "ada@example.com") -> dict[str, Any]:
    answer = await client.post("/customers", json={"email": email})
    assert answer.status_code == 201
    created: dict[str, Any] = answer.json()["data"]
    return created


async def check_out(client: httpx2.AsyncClient) -> dict[str, Any]:
    body = {"customer_id": (await create(client))["id"], "items": [{"price_id": "pri_1"}]}
    created: dict[str, Any] = (await client.post("/transactions", json=body)).json()["data"]
    return created


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_wrong_key_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/customers", headers={"Authorization": "Bearer other"})
    assert code_of(answer) == (403, "forbidden")


async def test_an_address_has_one_customer(client: httpx2.AsyncClient) -> None:
    await create(client)
    again = await client.post("/customers", json={"email": "ADA@example.com"})
    assert code_of(again) == (409, "customer_already_exists")


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": [{"price_id": "x"}]}, {"customer_id": "ctm_9"}]
)
async def test_a_transaction_that_cannot_be_is_refused(
    client: httpx2.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.post("/transactions", json=body)).status_code == 400


async def test_lists_are_paged_by_the_last_id(client: httpx2.AsyncClient) -> None:
    made = [(await create(client, f"{number}@example.com"))["id"] for number in range(5)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        query = {"per_page": "2", "order_by": "id[ASC]"} | after
        page = (await client.get("/customers", params=query)).json()
        seen += [customer["id"] for customer in page["data"]]
        if not page["meta"]["pagination"]["has_more"]:
            break
        after = {"after": seen[-1]}
    assert seen == made


async def test_too_many_requests_are_limited(
    client: httpx2.AsyncClient, fake: FakePaddle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devtools.fakes.paddle.time.time", lambda: 1_770_000_030.0)
    for _ in range(REQUESTS_A_MINUTE):
        assert (await client.get("/customers")).status_code == 200
    answer = await client.get("/customers")
    assert code_of(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "30"
    assert fake


async def test_webhooks_of_a_purchase_are_out_of_order_and_one_is_sent_twice(
    client: httpx2.AsyncClient, service: Service
) -> None:
    url = (await check_out(client))["checkout"]["url"]
    assert "Pay" in (await client.get(url)).text
    await client.post(url)
    await client.post(url)  # pressed twice: paid once
    assert "<title>Paid</title>" in (await client.get(url)).text
    types = [event["event_type"] for event in service.events]
    assert types == [
        "transaction.completed",
        "subscription.activated",
        "subscription.created",
        "transaction.created",
        "customer.created",
        "transaction.completed",
    ]
    assert service.events[0] == service.events[-1]


async def test_a_failed_webhook_is_retried(client: httpx2.AsyncClient, service: Service) -> None:
    service.refusals = 1
    await client.post((await check_out(client))["checkout"]["url"])
    assert len(service.events) == 6


async def test_the_portal_cancels(client: httpx2.AsyncClient, service: Service) -> None:
    transaction = await check_out(client)
    await client.post(transaction["checkout"]["url"])
    path = f"/customers/{transaction['customer_id']}/portal-sessions"
    urls = (await client.post(path, json={})).json()["data"]["urls"]
    [subscription] = (await client.get("/subscriptions")).json()["data"]
    assert subscription["id"] in (await client.get(urls["general"]["overview"])).text
    await client.post(urls["general"]["overview"], content=f"id={subscription['id']}")
    [cancelled] = (await client.get("/subscriptions", params={"status": "canceled"})).json()["data"]
    assert cancelled["id"] == subscription["id"]
    types = [event["event_type"] for event in service.events[-2:]]
    assert types == ["subscription.updated", "subscription.canceled"]
    again = await client.post(f"/subscriptions/{subscription['id']}/cancel", json={})
    assert code_of(again) == (400, "subscription_is_canceled_action_invalid")


async def test_its_data_survive_a_restart(
    client: httpx2.AsyncClient, fake: FakePaddle, service: Service, tmp_path: Path
) -> None:
    created = await check_out(client)
    other = FakePaddle(
        api_key=KEY,
        secret=SECRET,
        webhook_url="http://service/hooks",
        state_file=tmp_path / "paddle.json",
        transport=httpx2.ASGITransport(service.app),
    )
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(other.app), base_url="http://paddle"
    ) as browser:
        assert (await browser.post(f"/checkout/{created['id']}")).status_code == 303
    assert other.things[created["id"]]["status"] == "completed"
    assert fake.things[created["id"]]["status"] == "draft"


@pytest.mark.parametrize(
    ("name", "value"), [("PADDLE_API_KEY", "pdl_live"), ("ENVIRONMENT", "production")]
)
def test_a_configured_paddle_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    monkeypatch.delenv("PADDLE_API_URL", raising=False)
    provide_fake_paddle(pytest.fail)
