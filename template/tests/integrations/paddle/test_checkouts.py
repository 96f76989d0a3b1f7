"""A user has one open checkout, so that nothing is paid twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool

from app.integrations.paddle import checkouts
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.models import PaddleCheckout
from devtools.fakes.paddle import FakePaddle
from tests.integrations.paddle.conftest import Send
from tests.integrations.paddle.examples import SUBSCRIPTION, buy, check_out, error_of


def transactions_of(paddle: FakePaddle) -> list[dict[str, Any]]:
    return [thing for key, thing in paddle.things.items() if key.startswith("txn_")]


async def test_two_tabs_pay_the_same_transaction(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    first, second = [(await check_out(ada)).json()["data"] for _ in range(2)]
    assert first == second
    await paddle.pay(first["transaction_id"])
    assert error_of(await check_out(ada)) == (409, "already_subscribed")
    assert len(transactions_of(paddle)) == 1


async def test_another_order_changes_the_open_checkout(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    first = (await check_out(ada)).json()["data"]
    second = (await check_out(ada, plan="team", quantity=5)).json()["data"]
    assert first == second
    [transaction] = transactions_of(paddle)
    [item] = transaction["items"]
    assert (item["price"]["id"], item["quantity"]) == ("pri_3", 5)
    assert transaction["details"]["totals"]["total"] == "9500"


async def test_requests_at_once_open_one_checkout(
    committed_database: AsyncEngine, ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert committed_database
    plans = ["pro", "team"] * 4
    responses = await asyncio.gather(*(check_out(ada, plan=plan) for plan in plans))
    opened = [one for one in responses if one.status_code == 201]
    assert opened
    assert {error_of(one) for one in responses if one not in opened} <= {
        (409, "checkout_in_progress")
    }
    assert len(transactions_of(paddle)) == 1
    again = await check_out(ada)
    assert again.json()["data"]["transaction_id"] == transactions_of(paddle)[0]["id"]


async def test_a_payment_whose_events_are_late_is_found(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    checkout = (await check_out(ada)).json()["data"]
    paddle.deliveries = 0
    await paddle.pay(checkout["transaction_id"])
    assert (await ada.get(SUBSCRIPTION)).status_code == 404
    assert error_of(await check_out(ada, plan="team")) == (409, "already_subscribed")
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "pro"


async def test_a_payment_that_is_being_processed_is_waited_for(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    key = (await check_out(ada)).json()["data"]["transaction_id"]
    paddle.things[key]["status"] = "paid"
    refused = await check_out(ada)
    assert error_of(refused) == (409, "checkout_in_progress")
    assert refused.headers["Retry-After"] == "2"


async def test_a_payment_between_two_calls_is_waited_for(
    ada: httpx2.AsyncClient, paddle: FakePaddle, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (await check_out(ada)).json()["data"]["transaction_id"]
    find = PaddleClient.find_transaction

    async def pay_after(client: PaddleClient, transaction_id: str) -> Any:
        found = await find(client, transaction_id)
        await paddle.pay(transaction_id)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(PaddleClient, "find_transaction", pay_after)
        assert error_of(await check_out(ada, plan="team")) == (409, "checkout_in_progress")
    assert paddle.things[key]["items"][0]["price"]["id"] == "pri_1"
    assert error_of(await check_out(ada, plan="team")) == (409, "already_subscribed")


@pytest.mark.parametrize("ending", ["canceled", "forgotten"])
async def test_a_checkout_that_cannot_be_paid_any_more_is_replaced(
    ada: httpx2.AsyncClient, paddle: FakePaddle, ending: str
) -> None:
    first = (await check_out(ada)).json()["data"]["transaction_id"]
    if ending == "canceled":
        paddle.things[first]["status"] = "canceled"
    else:
        del paddle.things[first]
    second = (await check_out(ada)).json()["data"]["transaction_id"]
    assert first != second


async def test_after_a_subscription_has_ended_another_can_be_bought(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    await paddle.cancel(await buy(ada, paddle), immediately=True)
    await buy(ada, paddle, plan="team")
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "team"


@pytest.mark.parametrize("step", ["ensure_customer", "_refuse_subscribers", "_reopen"])
async def test_a_request_that_dies_blocks_the_checkout_only_for_the_lease(
    step: str,
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = (await check_out(ada)).json()["data"]["transaction_id"]

    async def end_nothing(_lease: checkouts.Lease) -> bool:
        return False

    async def die(*_: object) -> None:
        message = "killed"
        raise RuntimeError(message)

    with monkeypatch.context() as patched:
        patched.setattr(checkouts, step, die)
        patched.setattr(checkouts, "_end_lease", end_nothing)
        assert (await check_out(ada)).status_code == 500
    assert error_of(await check_out(ada)) == (409, "checkout_in_progress")
    await session.execute(
        update(PaddleCheckout).values(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
    )
    await session.commit()
    again = await check_out(ada)
    assert again.json()["data"]["transaction_id"] == first
    assert len(transactions_of(paddle)) == 1


async def test_a_request_that_outlives_its_lease_returns_nothing_to_pay(
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = PaddleClient.create_transaction

    async def be_slow(client: PaddleClient, *args: Any) -> Any:
        later = datetime.now(UTC) + timedelta(seconds=90)
        await session.execute(update(PaddleCheckout).values(claimed_until=later))
        await session.commit()
        return await create(client, *args)

    monkeypatch.setattr(PaddleClient, "create_transaction", be_slow)
    assert error_of(await check_out(ada)) == (409, "checkout_in_progress")
    assert await session.scalar(select(PaddleCheckout.transaction_id)) is None
    assert len(transactions_of(paddle)) == 1


async def test_no_connection_is_held_while_paddle_responds(
    committed_database: AsyncEngine,
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert paddle
    assert send
    create, pool = PaddleClient.create_transaction, committed_database.pool
    assert isinstance(pool, QueuePool)
    held: list[int] = []

    async def count(client: PaddleClient, *args: Any) -> Any:
        held.append(pool.checkedout())
        return await create(client, *args)

    monkeypatch.setattr(PaddleClient, "create_transaction", count)
    before = pool.checkedout()
    assert (await check_out(ada)).status_code == 201
    assert held == [before]
