"""A second subscription of a user is noticed, listed, and ended as the setting says."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from structlog.testing import capture_logs

from app.accounts.models import Role
from app.core.db import AsyncSessionLocal
from app.core.jobs.models import QueuedJob, State
from app.core.services import get, provide
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.duplicates import end_second_subscription
from app.integrations.paddle.entities import Event, Subscription
from app.integrations.paddle.models import PaddleSubscription
from app.integrations.paddle.reconcile import reconcile
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import store_subscriptions
from devtools.fakes.paddle import FakePaddle
from tests.conftest import ClientFor
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.paddle.conftest import Send, paddle_settings
from tests.integrations.paddle.examples import buy, customer, error_of, subscription

DUPLICATES = "/api/v1/billing/duplicates"


async def buy_second(paddle: FakePaddle, first: str, price: str = "pri_3") -> dict[str, Any]:
    """Buy on a page of Paddle that this service does not know."""
    bought = paddle.things[first]
    items = [{"price": {**bought["items"][0]["price"], "id": price}, "quantity": 1}]
    transaction = paddle._add_transaction(bought["customer_id"], items)
    return await paddle.pay(transaction["id"])


def refunds_of(paddle: FakePaddle) -> list[dict[str, Any]]:
    return [thing for key, thing in paddle.things.items() if key.startswith("adj_")]


async def marks(session: AsyncSession) -> dict[str, str | None]:
    rows = await session.execute(select(PaddleSubscription.id, PaddleSubscription.duplicate_of))
    return {row.id: row.duplicate_of for row in rows}


@pytest.mark.parametrize(
    ("setting", "status", "refunds"),
    [("report", "active", 0), ("cancel", "canceled", 0), ("refund", "canceled", 1)],
)
async def test_a_second_subscription_is_treated_as_the_setting_says(
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    client_for: ClientFor,
    setting: str,
    status: str,
    refunds: int,
) -> None:
    changed = paddle_settings(paddle_second_subscription=setting)
    with provide(PaddleSettings, changed), capture_logs() as logs:
        first = await buy(ada, paddle)
        second = (await buy_second(paddle, first))["id"]
        await run_jobs()
    assert (paddle.things[first]["status"], paddle.things[second]["status"]) == ("active", status)
    assert len(refunds_of(paddle)) == refunds
    for refund in refunds_of(paddle):
        assert refund["subscription_id"] == second
    [line] = [line for line in logs if line["event"] == "paddle_second_subscription"]
    assert (line["log_level"], line["subscription_id"]) == ("error", second)
    admin = await client_for("root@example.com", role=Role.ADMIN)
    [listed] = (await admin.get(DUPLICATES)).json()["data"]
    assert (listed["id"], listed["duplicate_of"], listed["status"]) == (second, first, status)
    assert listed["duplicate_action"] == setting
    assert len((await admin.get(DUPLICATES, params={"status": status})).json()["data"]) == 1


async def test_only_administrators_see_second_subscriptions(ada: httpx2.AsyncClient) -> None:
    assert error_of(await ada.get(DUPLICATES)) == (403, "insufficient_role")


async def test_a_refund_that_is_interrupted_is_made_once(
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refund = PaddleClient.refund

    async def die_after(client: PaddleClient, transaction_id: str) -> None:
        await refund(client, transaction_id)
        message = "killed"
        raise RuntimeError(message)

    with provide(PaddleSettings, paddle_settings(paddle_second_subscription="refund")):
        second = await buy_second(paddle, await buy(ada, paddle))
        paddle.failures_at[f"/subscriptions/{second['id']}/cancel"] = 3
        await run_jobs()
        assert paddle.things[second["id"]]["status"] == "active"
        with monkeypatch.context() as patched:
            patched.setattr(PaddleClient, "refund", die_after)
            await make_due()
            await run_jobs()
        assert len(refunds_of(paddle)) == 1
        await make_due()
        await run_jobs()
    assert len(refunds_of(paddle)) == 1
    jobs = select(QueuedJob.state).where(QueuedJob.name == end_second_subscription.name)
    assert await session.scalar(jobs) == State.DONE


async def test_a_payment_that_is_not_completed_is_refunded_later(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    with provide(PaddleSettings, paddle_settings(paddle_second_subscription="refund")):
        second = await buy_second(paddle, await buy(ada, paddle))
        [paid] = [
            thing
            for thing in paddle.things.values()
            if thing.get("subscription_id") == second["id"]
        ]
        paddle.things[paid["id"]]["status"] = "paid"
        await run_jobs()
        assert refunds_of(paddle) == []
        paddle.things[paid["id"]]["status"] = "completed"
        await make_due()
        await run_jobs()
    assert len(refunds_of(paddle)) == 1


async def test_the_second_one_stays_if_the_first_has_ended_before_the_job(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    with provide(PaddleSettings, paddle_settings(paddle_second_subscription="refund")):
        first = await buy(ada, paddle)
        second = (await buy_second(paddle, first))["id"]
        await paddle.cancel(first, immediately=True)
        await run_jobs()
    assert paddle.things[second]["status"] == "active"
    assert refunds_of(paddle) == []


@pytest.mark.parametrize("reason", ["no plan", "old"])
async def test_an_old_subscription_or_one_to_no_plan_is_only_reported(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession, reason: str
) -> None:
    with provide(PaddleSettings, paddle_settings(paddle_second_subscription="refund")):
        first = await buy(ada, paddle)
        paddle.deliveries = 0 if reason == "old" else 1
        price = "pri_3" if reason == "old" else "pri_other"
        second = (await buy_second(paddle, first, price))["id"]
        if reason == "old":
            paddle.deliveries = 1
            year_ago = (datetime.now(UTC) - timedelta(days=300)).isoformat()
            old = (datetime.now(UTC) - timedelta(days=400)).isoformat()
            await paddle.change(first, "updated", {"started_at": old})
            await paddle.change(second, "updated", {"started_at": year_ago})
        await run_jobs()
    assert paddle.things[second]["status"] == "active"
    assert (await marks(session))[second] == first


@pytest.mark.parametrize("order", [*permutations(range(3))])
async def test_the_same_one_is_the_second_in_every_order_of_events(
    ada: httpx2.AsyncClient, send: Send, session: AsyncSession, order: tuple[int, ...]
) -> None:
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    later = datetime(2026, 3, 1, tzinfo=UTC).isoformat()
    events = [
        customer(1, custom_data={"user_id": user_id}),
        subscription(2),
        subscription(3, id="sub_0", started_at=later),
    ]
    for index in order:
        assert (await send(events[index])).status_code == 200
        assert (await send(events[index])).status_code == 200
    assert await marks(session) == {"sub_1": None, "sub_0": "sub_1"}


async def test_two_subscriptions_that_arrive_at_once_are_noticed(
    committed_database: AsyncEngine, ada: httpx2.AsyncClient, send: Send, session: AsyncSession
) -> None:
    assert committed_database
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    await send(customer(1, custom_data={"user_id": user_id}))
    async with AsyncSessionLocal.begin() as arriving:
        event = Event.model_validate(subscription(2, id="sub_2"))
        await store_subscriptions(arriving, [Subscription.model_validate(event.data)], event=event)
        second = asyncio.ensure_future(send(subscription(3, id="sub_3")))
        await asyncio.wait([second], timeout=1)  # it waits for this transaction
    assert (await second).status_code == 200
    assert await marks(session) == {"sub_2": None, "sub_3": "sub_2"}


async def test_a_reconciliation_notices_what_no_event_has_shown(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    first = await buy(ada, paddle)
    second = (await buy_second(paddle, first))["id"]
    blank: dict[str, None] = dict.fromkeys(("duplicate_of", "duplicate_at", "duplicate_action"))
    await session.execute(update(PaddleSubscription).values(blank))
    await session.commit()
    for _ in range(2):
        await reconcile(get(PaddleClient), report=print)
        assert await marks(session) == {first: None, second: first}
