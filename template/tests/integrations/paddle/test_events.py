"""Each event is kept once and applied once; nothing newer is overwritten, in whatever order."""

import asyncio
from itertools import permutations
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import AsyncSessionLocal
from app.integrations.paddle.events import APPLIED
from app.integrations.paddle.models import PaddleCustomer, PaddleEvent, PaddleSubscription
from devtools.fakes.paddle import sign
from tests.conftest import AssertQueries
from tests.integrations.paddle.conftest import (
    SECRET,
    WEBHOOKS,
    Send,
    customer,
    make_event,
    moment,
    read_events,
    read_tables,
    subscription,
    transaction,
)
from tests.integrations.paddle.stories import STORY, break_after_storing

DUPLICATES = 1000
FACTS = {
    "customer": ["created", "imported", "updated"],
    "subscription": [
        *("activated", "canceled", "created", "imported", "past_due"),
        *("paused", "resumed", "trialing", "updated"),
    ],
    "transaction": [
        *("billed", "canceled", "completed", "created", "paid"),
        *("past_due", "payment_failed", "ready", "revised", "updated"),
    ],
}
MAKERS = {"customer": customer, "subscription": subscription, "transaction": transaction}


async def test_an_event_is_applied_and_kept(send: Send, session: AsyncSession) -> None:
    answer = await send(subscription(1))
    assert answer.status_code == 200
    assert answer.json()["data"] == {"event_id": "evt_0001", "outcome": "applied"}
    kept = await session.get_one(PaddleSubscription, "sub_1")
    assert (kept.status, kept.price_ids, kept.product_ids) == ("active", ["pri_1"], ["pro_1"])
    assert kept.next_billed_at is not None
    event = await session.get_one(PaddleEvent, "evt_0001")
    assert event.payload == subscription(1)
    assert event.applied_at is not None


async def test_amounts_are_exact(send: Send) -> None:
    await send(transaction(1))
    [row] = (await read_tables())["paddle_transactions"]
    assert (row["subtotal"], row["tax"], row["total"]) == (59_900, 5_315, 65_215)


@pytest.mark.parametrize(
    "event_type", [f"{family}.{kind}" for family, kinds in FACTS.items() for kind in kinds]
)
async def test_every_event_of_customers_subscriptions_and_transactions_is_applied(
    send: Send, event_type: str
) -> None:
    family, kind = event_type.split(".")
    assert (await send(MAKERS[family](1, kind))).json()["data"]["outcome"] == "applied"
    assert len((await read_tables())[f"paddle_{family}s"]) == 1


def test_the_table_of_events_names_no_others() -> None:
    assert set(APPLIED) == {f"{family}.{kind}" for family, kinds in FACTS.items() for kind in kinds}


async def test_an_unknown_event_is_kept_and_acknowledged(send: Send, session: AsyncSession) -> None:
    answer = await send(make_event(1, "comet.sighted", {"id": "cmt_1", "tail": [1, 2]}))
    assert (answer.status_code, answer.json()["data"]["outcome"]) == (200, "kept")
    assert await read_events(session) == {"evt_0001": "kept"}


async def test_a_repeated_event_is_acknowledged(send: Send) -> None:
    assert (await send(customer(1))).json()["data"]["outcome"] == "applied"
    again = await send(customer(1, email="mallory@example.com"))
    assert (again.status_code, again.json()["data"]["outcome"]) == (200, "repeated")
    assert (await read_tables())["paddle_customers"][0]["email"] == "ada@example.com"


async def test_a_thousand_duplicates_at_once_have_one_effect(
    send: Send, committed_database: AsyncEngine
) -> None:
    assert committed_database
    outcomes: list[str] = []
    for _ in range(0, DUPLICATES, 100):
        answers = await asyncio.gather(*(send(subscription(1)) for _ in range(100)))
        assert {answer.status_code for answer in answers} == {200}
        outcomes += [answer.json()["data"]["outcome"] for answer in answers]
    assert (outcomes.count("applied"), outcomes.count("repeated")) == (1, DUPLICATES - 1)
    async with AsyncSessionLocal() as session:
        assert await session.scalar(select(func.count()).select_from(PaddleEvent)) == 1
        assert await session.scalar(select(func.count()).select_from(PaddleSubscription)) == 1


async def test_many_events_at_once_end_in_the_newest_state(
    send: Send, committed_database: AsyncEngine
) -> None:
    assert committed_database
    story = [subscription(n, "updated", next_billed_at=moment(n)) for n in range(1, 41)]
    story += [customer(n, "updated", email=f"{n}@example.com") for n in range(41, 81)]
    story = story[1::2] + story[::-2]
    answers = await asyncio.gather(*map(send, story))
    assert {answer.status_code for answer in answers} == {200}
    tables = await read_tables()
    assert tables["paddle_customers"][0]["email"] == "80@example.com"
    assert tables["paddle_subscriptions"][0]["event_id"] == "evt_0040"


@pytest.mark.parametrize("order", list(permutations(range(len(STORY))))[::5])
async def test_a_story_ends_the_same_in_every_order(send: Send, order: tuple[int, ...]) -> None:
    for place in order:
        assert (await send(STORY[place])).status_code == 200
    tables = await read_tables()
    [kept] = tables["paddle_subscriptions"]
    assert (kept["event_id"], kept["price_ids"], kept["status"]) == ("evt_0004", [], "active")
    [payer] = tables["paddle_customers"]
    assert (payer["event_id"], payer["email"]) == ("evt_0001", "ada@example.com")
    assert len(tables["paddle_transactions"]) == 1


async def test_a_subscription_may_come_before_its_customer(send: Send) -> None:
    await send(subscription(2))
    [unknown] = (await read_tables())["paddle_customers"]
    assert (unknown["id"], unknown["email"]) == ("ctm_1", None)


ANY_EVENT = (
    b'{"event_id": "evt_1", "event_type": "comet.sighted", "data": {}, '
    b'"occurred_at": "2026-01-31T12:00:00Z"}'
)
BROKEN: list[dict[str, Any]] = [
    subscription(1, status="levitating"),
    subscription(1, items=[{"price": {}}]),
    transaction(1, details={"totals": {"subtotal": "12.5"}}),
    make_event(1, "customer.created", {"email": "ada@example.com"}),
]


@pytest.mark.parametrize("event", BROKEN)
async def test_what_cannot_be_applied_is_a_500_and_kept_as_failed(
    send: Send, session: AsyncSession, event: dict[str, Any]
) -> None:
    for _ in range(2):
        answer = await send(event)
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "event_not_applied"
    assert await read_events(session) == {"evt_0001": "failed"}
    assert not any((await read_tables()).values())


async def test_a_handler_that_fails_leaves_nothing_half_applied(
    send: Send, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_after_storing(broken)
        assert (await send(subscription(1))).status_code == 500
    assert await read_events(session) == {"evt_0001": "failed"}
    assert not any((await read_tables()).values())
    assert (await send(subscription(1))).json()["data"]["outcome"] == "applied"
    assert await read_events(session) == {"evt_0001": "applied"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"event_id": "evt_1"}',
        ANY_EVENT.replace(b'"evt_1"', b'"\\u0000"'),
        ANY_EVENT.replace(b"00Z", b"00"),
        ANY_EVENT.replace(b"{}", b"[]"),
    ],
)
async def test_a_signed_body_that_is_no_event_is_refused(
    client: httpx2.AsyncClient, send: Send, body: bytes
) -> None:
    assert send
    header = {"Paddle-Signature": sign(body, secret=SECRET)}
    answer = await client.post(WEBHOOKS, content=body, headers=header)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_event")


async def test_a_body_that_is_too_large_is_refused_unread(send: Send) -> None:
    answer = await send(make_event(1, "comet.sighted", {"tail": "x" * 2_000_000}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


async def test_the_number_of_statements_does_not_grow(
    send: Send, assert_queries: AssertQueries
) -> None:
    with assert_queries(4):  # the event, the customer's row, the subscription, who left
        await send(subscription(1))
    with assert_queries(1):
        await send(subscription(1))
    items = [{"price": {"id": f"pri_{n}", "product_id": "pro_1"}} for n in range(100)]
    with assert_queries(4):
        await send(subscription(2, "updated", items=items))
    with assert_queries(2):
        await send(customer(3))


async def test_a_character_that_cannot_be_stored_loses_no_event(
    send: Send, session: AsyncSession
) -> None:
    answer = await send(customer(1, email="a\0@example.com", name="\0"))
    assert answer.status_code == 200
    assert (await session.get_one(PaddleCustomer, "ctm_1")).email == "a\ufffd@example.com"


async def test_nobody_but_paddle_is_asked_to_wait(send: Send) -> None:
    answers = [await send(customer(1)) for _ in range(3)]
    assert not any("ratelimit" in answer.headers for answer in answers)


async def test_who_is_whose_is_never_taken_from_what_a_browser_can_write(
    send: Send, client_for: Any, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    forged = {"custom_data": {"user_id": user_id}}
    await send(subscription(1, **forged))
    await send(transaction(2, **forged))
    await send(customer(3))  # her address, but nobody has proven that it is she
    payer = await session.get_one(PaddleCustomer, "ctm_1")
    assert payer.user_id is None
    await send(customer(4, "updated", **forged))  # this takes our API key
    await session.refresh(payer)
    assert str(payer.user_id) == user_id
    await send(customer(5, "updated", custom_data={"user_id": "nobody"}))
    await session.refresh(payer)
    assert str(payer.user_id) == user_id
