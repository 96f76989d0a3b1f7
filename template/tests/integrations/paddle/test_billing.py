"""Checkouts, subscriptions and the portal, for their users only."""

import httpx2
import pytest

from app.core.services import provide
from app.integrations.paddle.settings import PaddleSettings
from devtools.fakes.paddle import FakePaddle
from tests.conftest import AssertQueries, ClientFor
from tests.integrations.paddle.conftest import Send, paddle_settings
from tests.integrations.paddle.examples import (
    PORTAL,
    SUBSCRIPTION,
    buy,
    check_out,
    error_of,
    subscription,
)


async def test_without_a_subscription_there_is_a_404(ada: httpx2.AsyncClient) -> None:
    assert error_of(await ada.get(SUBSCRIPTION)) == (404, "subscription_not_found")
    assert error_of(await ada.post(PORTAL)) == (404, "customer_not_found")


async def test_requests_without_a_token_are_rejected(
    client: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert paddle
    assert (await client.get(SUBSCRIPTION)).status_code == 401
    assert (await check_out(client)).status_code == 401
    assert (await client.post(PORTAL)).status_code == 401


async def test_a_plan_can_be_bought_and_used(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert error_of(await guarded.get("/probes/pro")) == (403, "plan_required")
    bought = await buy(ada, paddle)
    read = await ada.get(SUBSCRIPTION)
    assert read.status_code == 200
    shown = read.json()["data"]
    assert (shown["id"], shown["status"], shown["plan"]) == (bought, "active", "pro")
    assert shown["is_active"] is True
    assert shown["price_ids"] == ["pri_1"]
    assert (await guarded.get("/probes/pro")).json() == {"data": "ada@example.com"}


async def test_a_checkout_has_its_page_as_location(ada: httpx2.AsyncClient) -> None:
    response = await check_out(ada, price_id="pri_2")
    assert response.status_code == 201
    data = response.json()["data"]
    assert response.headers["Location"] == data["url"]
    assert data["transaction_id"] in data["url"]


async def test_a_repeated_request_opens_one_checkout(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    responses = [await check_out(ada) for _ in range(2)]
    assert responses[0].json() == responses[1].json()
    assert sum(key.startswith("txn_") for key in paddle.things) == 1


@pytest.mark.parametrize("order", [{"plan": "gold"}, {"price_id": "pri_3"}])
async def test_an_unknown_plan_or_price_cannot_be_bought(
    ada: httpx2.AsyncClient, paddle: FakePaddle, order: dict[str, str]
) -> None:
    assert error_of(await check_out(ada, **order)) == (400, "unknown_plan")
    assert not paddle.things


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "paused"])
async def test_no_plan_can_be_bought_beside_a_running_one(
    ada: httpx2.AsyncClient, paddle: FakePaddle, status: str
) -> None:
    bought = await buy(ada, paddle)
    await paddle.change(bought, "updated", {"status": status})
    for plan in ("pro", "team"):
        assert error_of(await check_out(ada, plan=plan)) == (409, "already_subscribed")
    await paddle.cancel(bought, immediately=True)
    assert (await check_out(ada)).status_code == 201


@pytest.mark.usefixtures("stopped_rate_limits")
async def test_checkouts_are_limited(ada: httpx2.AsyncClient) -> None:
    responses = [await check_out(ada) for _ in range(11)]
    assert {response.status_code for response in responses[:10]} == {201}
    assert error_of(responses[10]) == (429, "rate_limited")


async def test_the_portal_belongs_to_the_user(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    await buy(ada, paddle)
    response = await ada.post(PORTAL)
    assert response.status_code == 201
    url = response.json()["data"]["url"]
    customer_id = next(key for key in paddle.things if key.startswith("ctm_"))
    assert f"/portal/{customer_id}" in url


async def test_a_subscription_cancelled_in_the_portal_grants_no_plan(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    url = (await ada.post(PORTAL)).json()["data"]["url"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(paddle.app)) as browser:
        assert bought in (await browser.get(url)).text
        await browser.post(url, content=f"id={bought}")
    assert error_of(await guarded.get("/probes/pro")) == (403, "plan_required")
    assert (await ada.get(SUBSCRIPTION)).status_code == 404


async def test_a_subscription_is_only_of_use_to_its_buyer(
    ada: httpx2.AsyncClient, client_for: ClientFor, paddle: FakePaddle
) -> None:
    await buy(ada, paddle)
    bob = await client_for("bob@example.com")
    assert error_of(await bob.get(SUBSCRIPTION)) == (404, "subscription_not_found")
    assert error_of(await bob.post(PORTAL)) == (404, "customer_not_found")
    assert (await check_out(bob)).status_code == 201
    assert sum(key.startswith("ctm_") for key in paddle.things) == 2


async def test_of_several_subscriptions_the_one_with_a_plan_is_shown(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send
) -> None:
    bought = await buy(ada, paddle)
    customer_id = paddle.things[bought]["customer_id"]
    for number, status in enumerate(("paused", "past_due", "canceled"), start=1):
        await send(
            subscription(number, id=f"sub_z{number}", customer_id=customer_id, status=status)
        )
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["id"] == bought


async def test_a_rejection_of_paddle_is_a_502(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    paddle.failures.append(403)
    assert error_of(await check_out(ada)) == (502, "paddle_rejected")


async def test_without_an_api_key_checkouts_are_disabled(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    with provide(PaddleSettings, paddle_settings(paddle_api_key=None)):
        assert error_of(await check_out(ada)) == (503, "paddle_disabled")


async def test_the_number_of_statements_is_constant(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send, assert_queries: AssertQueries
) -> None:
    customer_id = paddle.things[await buy(ada, paddle)]["customer_id"]
    for size in (1, 30):
        for number in range(size):
            await send(subscription(number, id=f"sub_{size}_{number}", customer_id=customer_id))
        with assert_queries(2):  # the session and the subscriptions
            await ada.get(SUBSCRIPTION)
