"""Subscriptions of deleted users are cancelled, and their records are kept."""

import asyncio
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import AsyncSessionLocal
from app.core.jobs.models import QueuedJob, State
from app.integrations.paddle.cancellation import cancel_subscription, forget_user
from app.integrations.paddle.entities import Event, Subscription
from app.integrations.paddle.models import PaddleCustomer, PaddleSubscription, PaddleTransaction
from app.integrations.paddle.store import store_subscriptions
from devtools.fakes.paddle import FakePaddle
from tests.conftest import ClientFor, delete_account
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.paddle.conftest import Send
from tests.integrations.paddle.examples import SUBSCRIPTION, buy, check_out, customer, subscription


async def count_jobs(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    """Return the number of cancellation jobs; other modules may have jobs of their own."""
    is_cancellation = QueuedJob.name == cancel_subscription.name
    count = select(func.count()).select_from(QueuedJob).where(is_cancellation, *where)
    return await session.scalar(count) or 0


async def test_the_subscription_of_a_deleted_user_is_cancelled_at_paddle(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    bought = await buy(ada, paddle)
    assert (await delete_account(ada)).status_code == 204
    assert paddle.things[bought]["status"] == "active"  # until the job runs
    assert await count_jobs(session) == 1
    await run_jobs()
    assert paddle.things[bought]["status"] == "canceled"
    stored = await session.get_one(PaddleSubscription, bought)
    await session.refresh(stored)
    assert stored.status == "canceled"


async def test_the_records_of_a_deleted_user_are_kept_without_the_user(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    await buy(ada, paddle)
    await delete_account(ada)
    [payer] = await session.scalars(select(PaddleCustomer))
    assert (payer.user_id, payer.user_left_at is not None) == (None, True)
    assert await session.scalar(select(func.count()).select_from(PaddleTransaction)) == 1


async def test_an_account_is_deleted_during_an_outage_of_paddle(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    paddle.failures_at[f"/subscriptions/{bought}/cancel"] = 3
    assert (await delete_account(ada)).status_code == 204
    await run_jobs()
    assert paddle.things[bought]["status"] == "active"
    await make_due()
    await run_jobs()
    assert paddle.things[bought]["status"] == "canceled"


async def test_a_user_without_a_subscription_leaves_no_job(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    await paddle.cancel(await buy(ada, paddle), immediately=True)
    before = await count_jobs(session)
    await delete_account(ada)
    assert await count_jobs(session) == before


async def test_a_subscription_that_is_cancelled_already_needs_nothing(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    bought = await buy(ada, paddle)
    await delete_account(ada)
    await paddle.cancel(bought, immediately=True)
    await run_jobs()
    assert await count_jobs(session, QueuedJob.state == State.WAITING) == 0


async def test_a_checkout_paid_after_the_user_was_deleted_is_cancelled(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    checkout = (await check_out(ada)).json()["data"]
    await delete_account(ada)
    assert await count_jobs(session) == 0
    bought = await paddle.pay(checkout["transaction_id"])
    assert await count_jobs(session) == 1
    await run_jobs()
    assert paddle.things[bought["id"]]["status"] == "canceled"


async def test_repeated_events_cancel_a_subscription_by_one_job(
    ada: httpx2.AsyncClient, paddle: FakePaddle, send: Send, session: AsyncSession
) -> None:
    payer = paddle.things[await buy(ada, paddle)]["customer_id"]
    await delete_account(ada)
    before = await count_jobs(session)
    for number in range(3):
        await send(subscription(number, "updated", customer_id=payer))
    assert await count_jobs(session) == before + 1


async def test_a_subscription_that_arrives_during_the_deletion_is_cancelled(
    committed_database: AsyncEngine, ada: httpx2.AsyncClient, send: Send, session: AsyncSession
) -> None:
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    await send(customer(1, custom_data={"user_id": user_id}))
    assert committed_database
    async with AsyncSessionLocal.begin() as deleting:
        await forget_user(deleting, UUID(user_id))
        arriving = asyncio.ensure_future(send(subscription(2)))
        await asyncio.wait([arriving], timeout=1)  # it waits for this transaction
    assert (await arriving).status_code == 200
    assert await count_jobs(session) == 1


async def test_a_deletion_during_the_arrival_of_a_subscription_cancels_it(
    committed_database: AsyncEngine, ada: httpx2.AsyncClient, send: Send, session: AsyncSession
) -> None:
    assert committed_database
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    await send(customer(1, custom_data={"user_id": user_id}))
    async with AsyncSessionLocal.begin() as arriving:
        event = Event.model_validate(subscription(2))
        await store_subscriptions(arriving, [Subscription.model_validate(event.data)], event=event)
        deleting = asyncio.ensure_future(delete_account(ada))
        await asyncio.wait([deleting], timeout=1)  # it waits for this transaction
    assert (await deleting).status_code == 204
    assert await count_jobs(session) == 1


async def test_the_deletion_and_the_cancellation_are_one_transaction(
    committed_database: AsyncEngine,
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert committed_database
    await buy(ada, paddle)
    with monkeypatch.context() as broken:
        broken.setattr(AsyncSession, "commit", _fail)
        assert (await delete_account(ada)).status_code == 500
    assert await count_jobs(session) == 0
    assert (await ada.get(SUBSCRIPTION)).status_code == 200


async def _fail(_: AsyncSession) -> None:
    message = "a failure of the test"
    raise RuntimeError(message)


async def test_a_new_account_with_the_same_address_is_the_same_customer(
    ada: httpx2.AsyncClient,
    paddle: FakePaddle,
    client_for: ClientFor,
    send: Send,
    session: AsyncSession,
) -> None:
    cancelled = await buy(ada, paddle)
    await delete_account(ada)
    await run_jobs()
    again = await client_for("ada@example.com")
    bought = await buy(again, paddle)
    assert await count_jobs(session) == 1  # that of the deleted user
    assert (await again.get(SUBSCRIPTION)).json()["data"]["id"] == bought
    assert paddle.things[bought]["customer_id"] == paddle.things[cancelled]["customer_id"]
    of_stranger = subscription(1, id="sub_9", customer_id="ctm_9")
    assert (await send(of_stranger)).status_code == 200
    assert await count_jobs(session) == 1
