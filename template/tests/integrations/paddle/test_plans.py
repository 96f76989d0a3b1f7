"""Plans, and the routes that need one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import ConfigurationError
from app.core.services import provide
from app.integrations.paddle import billing
from app.integrations.paddle.errors import PlanRequired
from app.integrations.paddle.models import PaddleSubscription, PaddleTransaction
from app.integrations.paddle.plans import check_plans, require_plan
from app.integrations.paddle.settings import PaddleSettings
from app.main import create_app
from app.settings import Settings
from devtools.fakes.paddle import FakePaddle
from tests.conftest import FAST_PASSWORDS
from tests.integrations.paddle.conftest import Send, paddle_settings, probes
from tests.integrations.paddle.examples import SUBSCRIPTION, buy, error_of, subscription


async def test_a_scheduled_cancellation_is_shown_and_grants_the_plan_until_then(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    await paddle.cancel(await buy(ada, paddle), immediately=False)
    shown = (await ada.get(SUBSCRIPTION)).json()["data"]
    assert (shown["scheduled_change"], shown["is_active"]) == ("cancel", True)
    assert shown["scheduled_change_at"] == shown["current_period_ends_at"]
    assert (await guarded.get("/probes/pro")).status_code == 200


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
async def test_a_status_grants_the_plan_or_not(
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
    values = {"status": status, "changed_at": due}
    await session.execute(update(PaddleSubscription).values(**values))
    await session.commit()
    assert (await guarded.get("/probes/pro")).status_code == (200 if passes else 403)
    read = await ada.get(SUBSCRIPTION)
    assert (read.status_code == 200 and read.json()["data"]["is_active"]) is passes


@pytest.mark.parametrize(("days_ago", "passes"), [(2, True), (4, False)])
async def test_grace_runs_from_when_the_payment_was_due(
    ada: httpx2.AsyncClient,
    guarded: httpx2.AsyncClient,
    paddle: FakePaddle,
    session: AsyncSession,
    *,
    days_ago: int,
    passes: bool,
) -> None:
    bought = await buy(ada, paddle)
    start = (datetime.now(UTC) - timedelta(days=200)).isoformat()
    period = {"starts_at": start, "ends_at": paddle.things[bought]["next_billed_at"]}
    await paddle.change(bought, "updated", {"current_billing_period": period})
    transaction = await paddle.fail_payment(bought)
    due = datetime.now(UTC) - timedelta(days=days_ago)
    await session.execute(
        update(PaddleTransaction)
        .where(PaddleTransaction.id == transaction["id"])
        .values(billed_at=due)
    )
    await session.commit()
    shown = (await ada.get(SUBSCRIPTION)).json()["data"]
    assert datetime.fromisoformat(shown["grace_ends_at"]) == due + timedelta(days=3)
    assert (await guarded.get("/probes/pro")).status_code == (200 if passes else 403)


async def test_all_products_of_a_subscription_give_their_plans(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle, plan="team")
    prices = [("pri_3", 7), ("pri_2", 1)]
    items = [
        {"price": {"id": price, "product_id": "pro_1"}, "quantity": quantity}
        for price, quantity in prices
    ]
    await paddle.change(bought, "updated", {"items": items})
    shown = (await ada.get(SUBSCRIPTION)).json()["data"]
    assert (shown["plan"], shown["plans"]) == ("pro", ["pro", "team"])
    assert [(item["price_id"], item["quantity"]) for item in shown["items"]] == prices
    assert (await guarded.get("/probes/pro")).status_code == 200


async def test_a_plan_can_be_required_in_a_service_function(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    user_id = UUID((await ada.get("/api/v1/users/me")).json()["data"]["id"])
    with pytest.raises(PlanRequired):
        await require_plan("pro").check(session, user_id)
    await buy(ada, paddle)
    await require_plan("gold", "pro").check(session, user_id)


async def test_another_plan_is_not_enough(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    await buy(ada, paddle, plan="team")
    assert error_of(await guarded.get("/probes/pro")) == (403, "plan_required")


async def test_a_price_that_is_not_for_sale_has_no_plan(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send
) -> None:
    bought = await buy(ada, paddle)
    customer_id = paddle.things[bought]["customer_id"]
    await paddle.cancel(bought, immediately=True)
    items = [{"price": {"id": "pri_old", "product_id": "pro_old"}}]
    await send(subscription(1, customer_id=customer_id, items=items))
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] is None


def test_openapi_declares_the_error_automatically(settings: Settings) -> None:
    app = create_app(settings, FAST_PASSWORDS)
    app.include_router(probes)
    responses = app.openapi()["paths"]["/probes/pro"]["get"]["responses"]
    assert "plan_required" in responses["403"]["content"]["application/json"]["examples"]
    assert "401" in responses


def test_a_route_that_needs_an_unknown_plan_prevents_the_start(settings: Settings) -> None:
    app = create_app(settings, FAST_PASSWORDS)
    app.include_router(probes)
    with provide(PaddleSettings, paddle_settings()):
        check_plans(app)
    with (
        provide(PaddleSettings, paddle_settings(paddle_plans={"team": ("pri_3",)})),
        pytest.raises(ConfigurationError, match=r"PADDLE_PLANS.* pro"),
    ):
        check_plans(app)


def test_a_service_function_that_needs_an_unknown_plan_prevents_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings, FAST_PASSWORDS)
    monkeypatch.setattr(billing, "MORE_NOTES", require_plan("gold"), raising=False)
    with (
        provide(PaddleSettings, paddle_settings()),
        pytest.raises(ConfigurationError, match=r"PADDLE_PLANS: .*billing.MORE_NOTES .* gold"),
    ):
        check_plans(app)


def test_a_plan_is_required() -> None:
    with pytest.raises(ValueError, match="needs the name of a plan"):
        require_plan()
