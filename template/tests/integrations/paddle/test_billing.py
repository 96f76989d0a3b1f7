"""From the checkout to the plan: what a user can buy, see and use, and nobody else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.signed_in import CurrentUser
from app.core.configuration import ConfigurationError
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.integrations.paddle.models import PaddleCustomer, PaddleSubscription
from app.integrations.paddle.plans import check_plans, require_plan
from app.main import create_app
from app.settings import Settings
from devtools.fakes.paddle import FakePaddle
from tests.conftest import FAST_PASSWORDS, AssertQueries, ClientOf
from tests.integrations.paddle.conftest import Send, customer, paddle_settings, subscription

SUBSCRIPTION = "/api/v1/billing/subscription"
CHECKOUTS = "/api/v1/billing/checkouts"
PORTAL = "/api/v1/billing/portal-sessions"

probes = Router(prefix="/probes")


@probes.get("/pro", dependencies=[Depends(require_plan("pro"))], response_model=Envelope[str])
async def read_for_pro(user: CurrentUser) -> Answer[str]:
    """Answer users with the plan pro."""
    return Answer(user.email)


async def check_out(client: httpx2.AsyncClient, **wanted: str) -> httpx2.Response:
    body = {"plan": "pro"} | wanted
    return await client.post(CHECKOUTS, json=body, headers={"Idempotency-Key": str(uuid4())})


async def buy(client: httpx2.AsyncClient, paddle: FakePaddle, **wanted: str) -> str:
    """Buy as a user would, and return the id of the subscription."""
    checkout = (await check_out(client, **wanted)).json()["data"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(paddle.app)) as browser:
        assert "Pay" in (await browser.get(checkout["url"])).text
        assert (await browser.post(checkout["url"])).status_code == 303
    return str(paddle.things[checkout["transaction_id"]]["subscription_id"])


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
async def ada(client_of: ClientOf, paddle: FakePaddle) -> httpx2.AsyncClient:
    assert paddle
    return await client_of("ada@example.com")


@pytest.fixture
async def guarded(
    app: FastAPI, ada: httpx2.AsyncClient, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    """Ada's client of a service with a route that needs a plan."""
    other = create_app(settings, FAST_PASSWORDS, paddle_settings())
    other.include_router(probes)
    assert app
    transport = httpx2.ASGITransport(other, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://test", headers=ada.headers
    ) as client:
        yield client


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


async def test_one_user_is_one_customer_however_often_they_check_out(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    for _ in range(3):
        assert (await check_out(ada)).status_code == 201
    [kept] = await session.scalars(select(PaddleCustomer))
    assert list(paddle.things).count(kept.id) == 1
    transactions = [thing for key, thing in paddle.things.items() if key.startswith("txn_")]
    assert {thing["customer_id"] for thing in transactions} == {kept.id}


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
    assert code_of(await check_out(ada, **wanted)) == (400, "plan_unknown")
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


async def test_a_cancellation_for_later_is_told_and_gives_the_plan_until_then(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    await paddle.cancel(await buy(ada, paddle), immediately=False)
    told = (await ada.get(SUBSCRIPTION)).json()["data"]
    assert (told["scheduled_change"], told["is_active"]) == ("cancel", True)
    assert told["scheduled_change_at"] == told["current_period_ends_at"]
    assert (await guarded.get("/probes/pro")).status_code == 200


async def test_nobody_sees_or_uses_what_another_bought(
    ada: httpx2.AsyncClient, client_of: ClientOf, paddle: FakePaddle
) -> None:
    await buy(ada, paddle)
    bob = await client_of("bob@example.com")
    assert code_of(await bob.get(SUBSCRIPTION)) == (404, "subscription_not_found")
    assert code_of(await bob.post(PORTAL)) == (404, "customer_not_found")
    assert (await check_out(bob)).status_code == 201
    assert sum(key.startswith("ctm_") for key in paddle.things) == 2


@pytest.mark.parametrize(
    ("status", "days_ago", "passes"),
    [
        ("active", 40, True),
        ("trialing", 1, True),
        ("past_due", 2, True),
        ("past_due", 4, False),
        ("paused", 1, False),
        ("canceled", 1, False),
        ("inactive", 1, False),
    ],
)
async def test_a_status_gives_its_plan_or_not(
    ada: httpx2.AsyncClient,
    guarded: httpx2.AsyncClient,
    paddle: FakePaddle,
    session: AsyncSession,
    *,
    status: str,
    days_ago: int,
    passes: bool,
) -> None:
    await buy(ada, paddle)
    due = datetime.now(UTC) - timedelta(days=days_ago)
    values = {"status": status, "current_period_starts_at": due}
    await session.execute(update(PaddleSubscription).values(**values))
    await session.commit()
    assert (await guarded.get("/probes/pro")).status_code == (200 if passes else 403)
    read = await ada.get(SUBSCRIPTION)
    assert (read.status_code == 200 and read.json()["data"]["is_active"]) is passes


async def test_another_plan_does_not_do(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    await buy(ada, paddle, plan="team")
    assert code_of(await guarded.get("/probes/pro")) == (403, "plan_required")


async def test_of_several_subscriptions_the_one_that_gives_its_plan_is_shown(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send
) -> None:
    bought = await buy(ada, paddle)
    mine = paddle.things[bought]["customer_id"]
    for number, status in enumerate(("paused", "past_due", "canceled"), start=1):
        await send(subscription(number, id=f"sub_z{number}", customer_id=mine, status=status))
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["id"] == bought


async def test_a_price_that_is_sold_no_more_has_no_plan(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send
) -> None:
    bought = await buy(ada, paddle)
    mine = paddle.things[bought]["customer_id"]
    await paddle.cancel(bought, immediately=True)
    items = [{"price": {"id": "pri_old", "product_id": "pro_old"}}]
    await send(subscription(1, customer_id=mine, items=items))
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] is None


async def set_verified(session: AsyncSession, *, verified: bool) -> None:
    moment = datetime.now(UTC) if verified else None
    await session.execute(update(User).values(verified_at=moment))
    await session.commit()


async def test_a_customer_of_a_proven_address_is_taken_over(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ADA@example.com", None)
    paddle.things[next(iter(paddle.things))]["email"] = "ada@example.com"
    assert (await check_out(ada)).status_code == 201
    assert await session.scalar(select(PaddleCustomer.user_id)) is not None


async def test_a_customer_of_an_address_that_is_not_proven_is_not(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ada@example.com", None)
    await set_verified(session, verified=False)
    assert code_of(await check_out(ada)) == (409, "address_unproven")
    assert code_of(await ada.post(PORTAL)) == (404, "customer_not_found")


async def test_a_customer_who_is_another_users_is_never_taken_over(
    ada: httpx2.AsyncClient, client_of: ClientOf, paddle: FakePaddle, session: AsyncSession
) -> None:
    bob = await client_of("bob@example.com")
    await buy(bob, paddle)
    changed = {"email": "bob@elsewhere.example", "email_key": "bob@elsewhere.example"}
    await session.execute(update(User).where(User.email_key == "bob@example.com").values(**changed))
    renamed = {"email": "bob@example.com", "email_key": "bob@example.com"}
    await session.execute(update(User).where(User.email_key == "ada@example.com").values(**renamed))
    await session.commit()
    assert code_of(await check_out(ada)) == (409, "address_unproven")


async def test_a_checkout_that_was_cut_off_after_the_customer_goes_on_with_it(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle.failures_at["/transactions"] = 3
    assert code_of(await check_out(ada)) == (502, "upstream_failed")
    await set_verified(session, verified=False)
    assert (await check_out(ada)).status_code == 201
    assert sum(key.startswith("ctm_") for key in paddle.things) == 1


async def test_what_paddle_refuses_is_a_502(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    paddle.failures.append(403)
    assert code_of(await check_out(ada)) == (502, "paddle_refused")


async def test_without_a_key_nothing_is_sold(app: FastAPI, client_of: ClientOf) -> None:
    from app.integrations.paddle.settings import PaddleSettings  # noqa: PLC0415

    ada = await client_of("ada@example.com")
    before = app.state.configuration[PaddleSettings]
    app.state.configuration[PaddleSettings] = paddle_settings(paddle_api_key=None)
    try:
        assert code_of(await check_out(ada)) == (503, "paddle_off")
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


def test_openapi_names_the_refusal_by_itself(settings: Settings) -> None:
    app = create_app(settings, FAST_PASSWORDS)
    app.include_router(probes)
    responses = app.openapi()["paths"]["/probes/pro"]["get"]["responses"]
    assert "plan_required" in responses["403"]["content"]["application/json"]["examples"]
    assert "401" in responses


def test_a_route_that_needs_a_plan_that_is_not_sold_is_refused_at_start(settings: Settings) -> None:
    app = create_app(settings, FAST_PASSWORDS)
    app.include_router(probes)
    check_plans(app, paddle_settings())
    with pytest.raises(ConfigurationError, match=r"PADDLE_PLANS.* pro"):
        check_plans(app, paddle_settings(paddle_plans={"team": ("pri_3",)}))


def test_a_plan_has_to_be_named() -> None:
    with pytest.raises(ValueError, match="needs the name of a plan"):
        require_plan()


async def test_a_new_account_has_nothing_of_the_one_before(
    ada: httpx2.AsyncClient, send: Send, client_of: ClientOf
) -> None:
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    await ada.delete("/api/v1/users/me")
    await send(customer(1, custom_data={"user_id": user_id}))
    await send(subscription(2))
    again: Any = await client_of("ada@example.com")
    assert code_of(await again.get(SUBSCRIPTION)) == (404, "subscription_not_found")
