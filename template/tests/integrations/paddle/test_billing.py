"""From the checkout to the subscription: what a user can buy and see, and nobody else."""

import httpx2
import pytest
from fastapi import FastAPI

from devtools.fakes.paddle import FakePaddle
from tests.conftest import AssertQueries, ClientFor
from tests.integrations.paddle.buying import (
    CHECKOUTS,
    PORTAL,
    SUBSCRIPTION,
    buy,
    check_out,
    code_of,
)
from tests.integrations.paddle.conftest import Send, paddle_settings, subscription


async def test_a_user_without_a_subscription_is_told_so(ada: httpx2.AsyncClient) -> None:
    assert code_of(await ada.get(SUBSCRIPTION)) == (404, "subscription_not_found")
    assert code_of(await ada.post(PORTAL)) == (404, "customer_not_found")


async def test_a_stranger_is_asked_to_log_in(
    client: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert paddle
    assert (await client.get(SUBSCRIPTION)).status_code == 401
    assert (await check_out(client)).status_code == 401
    assert (await client.post(PORTAL)).status_code == 401


async def test_a_plan_can_be_bought_and_used(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert code_of(await guarded.get("/probes/pro")) == (403, "plan_required")
    bought = await buy(ada, paddle)
    read = await ada.get(SUBSCRIPTION)
    assert read.status_code == 200
    told = read.json()["data"]
    assert (told["id"], told["status"], told["plan"]) == (bought, "active", "pro")
    assert told["is_active"] is True
    assert told["price_ids"] == ["pri_1"]
    assert (await guarded.get("/probes/pro")).json() == {"data": "ada@example.com"}


async def test_a_checkout_is_where_its_location_says(ada: httpx2.AsyncClient) -> None:
    answer = await check_out(ada, price_id="pri_2")
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert answer.headers["Location"] == data["url"]
    assert data["transaction_id"] in data["url"]


async def test_a_repeated_request_opens_one_checkout(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    key = {"Idempotency-Key": "again"}
    answers = [await ada.post(CHECKOUTS, json={"plan": "pro"}, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert sum(key.startswith("txn_") for key in paddle.things) == 1
    missing = await ada.post(CHECKOUTS, json={"plan": "pro"})
    assert code_of(missing) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("wanted", [{"plan": "gold"}, {"price_id": "pri_3"}])
async def test_what_is_not_sold_cannot_be_bought(
    ada: httpx2.AsyncClient, paddle: FakePaddle, wanted: dict[str, str]
) -> None:
    assert code_of(await check_out(ada, **wanted)) == (400, "unknown_plan")
    assert not paddle.things


async def test_nobody_buys_a_plan_twice(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    bought = await buy(ada, paddle)
    assert code_of(await check_out(ada)) == (409, "already_subscribed")
    assert (await check_out(ada, plan="team")).status_code == 201
    await paddle.cancel(bought, immediately=True)
    assert (await check_out(ada)).status_code == 201


async def test_checkouts_are_limited(ada: httpx2.AsyncClient) -> None:
    answers = [await check_out(ada) for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {201}
    assert code_of(answers[10]) == (429, "rate_limited")


async def test_the_portal_is_the_users_own(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    await buy(ada, paddle)
    answer = await ada.post(PORTAL)
    assert answer.status_code == 201
    url = answer.json()["data"]["url"]
    customer_id = next(key for key in paddle.things if key.startswith("ctm_"))
    assert f"/portal/{customer_id}" in url


async def test_a_subscription_cancelled_in_the_portal_gives_nothing_any_more(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    url = (await ada.post(PORTAL)).json()["data"]["url"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(paddle.app)) as browser:
        assert bought in (await browser.get(url)).text
        await browser.post(url, content=f"id={bought}")
    assert code_of(await guarded.get("/probes/pro")) == (403, "plan_required")
    assert (await ada.get(SUBSCRIPTION)).status_code == 404


async def test_nobody_sees_or_uses_what_another_bought(
    ada: httpx2.AsyncClient, client_for: ClientFor, paddle: FakePaddle
) -> None:
    await buy(ada, paddle)
    bob = await client_for("bob@example.com")
    assert code_of(await bob.get(SUBSCRIPTION)) == (404, "subscription_not_found")
    assert code_of(await bob.post(PORTAL)) == (404, "customer_not_found")
    assert (await check_out(bob)).status_code == 201
    assert sum(key.startswith("ctm_") for key in paddle.things) == 2


async def test_of_several_subscriptions_the_one_that_gives_its_plan_is_shown(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send
) -> None:
    bought = await buy(ada, paddle)
    mine = paddle.things[bought]["customer_id"]
    for number, status in enumerate(("paused", "past_due", "canceled"), start=1):
        await send(subscription(number, id=f"sub_z{number}", customer_id=mine, status=status))
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["id"] == bought


async def test_what_paddle_refuses_is_a_502(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    paddle.failures.append(403)
    assert code_of(await check_out(ada)) == (502, "paddle_rejected")


async def test_without_a_key_nothing_is_sold(app: FastAPI, client_for: ClientFor) -> None:
    from app.integrations.paddle.settings import PaddleSettings  # noqa: PLC0415

    ada = await client_for("ada@example.com")
    before = app.state.configuration[PaddleSettings]
    app.state.configuration[PaddleSettings] = paddle_settings(paddle_api_key=None)
    try:
        assert code_of(await check_out(ada)) == (503, "paddle_disabled")
    finally:
        app.state.configuration[PaddleSettings] = before


async def test_the_number_of_statements_is_constant(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send, assert_queries: AssertQueries
) -> None:
    mine = paddle.things[await buy(ada, paddle)]["customer_id"]
    for size in (1, 30):
        for number in range(size):
            await send(subscription(number, id=f"sub_{size}_{number}", customer_id=mine))
        with assert_queries(2):  # who asks, and the subscriptions
            await ada.get(SUBSCRIPTION)
