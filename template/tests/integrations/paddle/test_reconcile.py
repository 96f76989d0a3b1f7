"""Reconciliation: changes without events are read from the API, once, and nothing newer is lost."""

from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import AppError
from app.core.services import get
from app.integrations.paddle import client as paddle_client
from app.integrations.paddle.client import EntityPage, PaddleClient
from app.integrations.paddle.models import (
    PaddleCustomer,
    PaddleReconciliation,
    PaddleSubscription,
    PaddleTransaction,
)
from app.integrations.paddle.reconcile import reconcile
from devtools.fakes.paddle import FakePaddle
from tests.conftest import AssertQueries, ClientFor
from tests.integrations.paddle.conftest import Send, read_tables
from tests.integrations.paddle.examples import SUBSCRIPTION, buy, moment, subscription

MODELS = (PaddleTransaction, PaddleSubscription, PaddleCustomer)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paddle_client, "MAX_PER_PAGE", 2)


async def sell(paddle: FakePaddle, *, buyers: int) -> None:
    """Make customers buy at Paddle without events for the service."""
    before, paddle._webhook_url = paddle._webhook_url, "http://test/nowhere"
    paddle.deliveries = 1
    for _ in range(buyers):
        customer = paddle._add_customer("customer@example.com", None)
        transaction = {"items": [{"price": {"id": "pri_1", "product_id": "pro_1"}, "quantity": 1}]}
        totals = dict.fromkeys(("subtotal", "discount", "tax", "total", "grand_total"), "100")
        details = {"custom_data": None, "currency_code": "USD", "details": {"totals": totals}}
        key = f"txn_{customer['id'][4:]}"
        paddle._put(transaction | details | {"id": key, "customer_id": customer["id"]})
        await paddle.pay(key)
    paddle._webhook_url = before


async def run() -> tuple[int, list[str]]:
    lines: list[str] = []
    return await reconcile(get(PaddleClient), report=lines.append), lines


async def test_changes_without_events_are_read_from_paddle(
    paddle: FakePaddle, session: AsyncSession
) -> None:
    await sell(paddle, buyers=3)
    changed, lines = await run()
    assert changed == 9
    assert lines == [
        f"{kind}: {read} read, {read} changed"
        for kind in ("customers", "subscriptions", "transactions")
        for read in (2, 1)
    ]
    for model in MODELS:
        assert await session.scalar(select(func.count()).select_from(model)) == 3


async def test_archived_customers_are_read_too(paddle: FakePaddle) -> None:
    paddle._add_customer("ada@example.com", None)["status"] = "archived"
    assert (await run())[0] == 1


async def test_a_second_run_changes_nothing(paddle: FakePaddle) -> None:
    await sell(paddle, buyers=3)
    await run()
    before = await read_tables()
    assert (await run())[0] == 0
    assert await read_tables() == before


async def test_after_events_there_is_nothing_to_change(
    paddle: FakePaddle, client_for: ClientFor
) -> None:
    await buy(await client_for("ada@example.com"), paddle)
    before = await read_tables()
    changed, _ = await run()
    assert (changed, await read_tables()) == (0, before)


async def test_a_lost_link_to_the_user_is_restored(
    paddle: FakePaddle, client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    await buy(ada, paddle)
    for model in MODELS:
        await session.execute(delete(model))
    await session.commit()
    assert (await ada.get(SUBSCRIPTION)).status_code == 404
    await run()
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "pro"


async def test_a_damaged_row_is_fixed(
    paddle: FakePaddle, client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    await buy(ada, paddle)
    await session.execute(update(PaddleSubscription).values(status="paused"))
    await session.commit()
    assert (await run())[0] == 1
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["status"] == "active"


async def test_an_interrupted_run_is_continued_by_the_next_one(
    paddle: FakePaddle, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sell(paddle, buyers=5)
    requested: list[tuple[str, str | None]] = []
    list_page = PaddleClient.list_page

    async def record(self: PaddleClient, kind: str, *, after: str | None) -> EntityPage:
        requested.append((kind, after))
        return await list_page(self, kind, after=after)

    monkeypatch.setattr(PaddleClient, "list_page", record)
    for pages in range(1, 9):
        with monkeypatch.context() as broken:
            broken.setattr(PaddleClient, "list_page", _failing_after(list_page, 1))
            with pytest.raises(AppError):
                await run()
        assert await session.scalar(select(func.count()).select_from(PaddleReconciliation)) == 1
        rows = sum(len(table) for table in (await read_tables()).values())
        assert rows == sum((2, 2, 1, 2, 2, 1, 2, 2, 1)[:pages])
    await run()
    assert [kind for kind, _ in requested] == ["transactions"]
    assert await session.scalar(select(func.count()).select_from(PaddleReconciliation)) == 0


def _failing_after(list_page: Any, pages: int) -> Any:
    left = pages

    async def fail(self: PaddleClient, kind: str, *, after: str | None) -> EntityPage:
        nonlocal left
        left -= 1
        if left < 0:
            raise AppError
        return await list_page(self, kind, after=after)

    return fail


async def test_a_reading_never_overwrites_a_newer_event(paddle: FakePaddle, send: Send) -> None:
    stale = subscription(1, id="sub_1")["data"]
    paddle.things["sub_1"] = stale
    await send(subscription(2, "updated", status="paused"))
    assert (await run())[0] == 0
    assert (await read_tables())["paddle_subscriptions"][0]["status"] == "paused"


async def test_an_older_event_never_overwrites_a_newer_reading(
    paddle: FakePaddle, send: Send
) -> None:
    paddle.things["sub_1"] = subscription(5, status="paused")["data"]
    assert (await run())[0] == 1
    await send(subscription(4, "updated"))
    late = subscription(4, "updated") | {"event_id": "evt_late", "occurred_at": moment(6)}
    await send(late)
    assert (await read_tables())["paddle_subscriptions"][0]["status"] == "paused"
    await send(subscription(7, "resumed"))
    assert (await read_tables())["paddle_subscriptions"][0]["status"] == "active"


async def test_an_invalid_entity_is_skipped(paddle: FakePaddle) -> None:
    paddle.things["sub_1"] = subscription(1)["data"]
    paddle.things["sub_2"] = subscription(1, id="sub_2", status="levitating")["data"]
    paddle.things["sub_3"] = subscription(1, id="sub_3")["data"]
    assert (await run())[0] == 2


async def test_the_statements_for_a_page_do_not_depend_on_its_size(
    paddle: FakePaddle, monkeypatch: pytest.MonkeyPatch, assert_queries: AssertQueries
) -> None:
    monkeypatch.setattr(paddle_client, "MAX_PER_PAGE", 200)
    for number in (1, 60):
        await sell(paddle, buyers=number)
        with assert_queries(9):
            await run()


async def test_a_temporary_failure_does_not_stop_a_run(paddle: FakePaddle) -> None:
    await sell(paddle, buyers=1)
    paddle.failures.append(500)
    assert (await run())[0] == 3
