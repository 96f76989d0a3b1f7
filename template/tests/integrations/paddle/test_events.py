"""Each event is stored once and applied once; in any order, newer data is never overwritten."""

import asyncio
from itertools import permutations
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import AsyncSessionLocal
from app.integrations.paddle import events
from app.integrations.paddle.events import APPLIED
from app.integrations.paddle.models import PaddleCustomer, PaddleEvent, PaddleSubscription
from devtools.fakes.paddle import sign
from tests.conftest import AssertQueries, SentBy
from tests.integrations.paddle.conftest import SECRET, WEBHOOKS, Send, read_events, read_tables
from tests.integrations.paddle.examples import (
    HISTORY,
    customer,
    fail_after_storing,
    make_event,
    moment,
    set_verified,
    subscription,
    transaction,
)

ROUND_TRIPS = [
    "BEGIN",
    "WITH paddle_events",  # with the subscription and its customer
    "COMMIT",
]
"""The calls that wait for the database in the intake of one event."""

DUPLICATES = 1000
CHANGES = {
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


async def test_an_event_is_applied_and_stored(send: Send, session: AsyncSession) -> None:
    response = await send(subscription(1))
    assert response.status_code == 200
    assert response.json()["data"] == {"event_id": "evt_0001", "outcome": "applied"}
    stored = await session.get_one(PaddleSubscription, "sub_1")
    assert (stored.status, stored.price_ids, stored.product_ids) == ("active", ["pri_1"], ["pro_1"])
    assert stored.next_billed_at is not None
    event = await session.get_one(PaddleEvent, "evt_0001")
    assert event.payload == subscription(1)
    assert event.applied_at is not None


async def test_amounts_are_exact(send: Send) -> None:
    await send(transaction(1))
    [row] = (await read_tables())["paddle_transactions"]
    assert (row["subtotal"], row["tax"], row["total"]) == (59_900, 5_315, 65_215)


@pytest.mark.parametrize(
    "event_type", [f"{kind}.{change}" for kind, changes in CHANGES.items() for change in changes]
)
async def test_every_change_of_a_stored_entity_is_applied(send: Send, event_type: str) -> None:
    kind, change = event_type.split(".")
    assert (await send(MAKERS[kind](1, change))).json()["data"]["outcome"] == "applied"
    assert len((await read_tables())[f"paddle_{kind}s"]) == 1


def test_no_other_types_are_applied() -> None:
    assert set(APPLIED) == {
        f"{kind}.{change}" for kind, changes in CHANGES.items() for change in changes
    }


async def test_an_unknown_event_is_stored_and_acknowledged(
    send: Send, session: AsyncSession
) -> None:
    response = await send(make_event(1, "comet.sighted", {"id": "cmt_1", "tail": [1, 2]}))
    assert (response.status_code, response.json()["data"]["outcome"]) == (200, "kept")
    assert await read_events(session) == {"evt_0001": "kept"}


async def test_a_repeated_event_is_acknowledged(send: Send) -> None:
    assert (await send(customer(1))).json()["data"]["outcome"] == "applied"
    again = await send(customer(1, email="mallory@example.com"))
    assert (again.status_code, again.json()["data"]["outcome"]) == (200, "repeated")
    assert (await read_tables())["paddle_customers"][0]["email"] == "ada@example.com"


async def test_an_applied_event_that_comes_again_broken_stays_applied(
    send: Send, session: AsyncSession
) -> None:
    await send(subscription(1))
    again = await send(subscription(1, status="levitating"))
    assert (again.status_code, again.json()["data"]["outcome"]) == (200, "repeated")
    assert await read_events(session) == {"evt_0001": "applied"}


async def test_a_thousand_concurrent_duplicates_have_one_effect(
    send: Send, committed_database: AsyncEngine
) -> None:
    assert committed_database
    outcomes: list[str] = []
    for _ in range(0, DUPLICATES, 100):
        responses = await asyncio.gather(*(send(subscription(1)) for _ in range(100)))
        assert {response.status_code for response in responses} == {200}
        outcomes += [response.json()["data"]["outcome"] for response in responses]
    assert (outcomes.count("applied"), outcomes.count("repeated")) == (1, DUPLICATES - 1)
    async with AsyncSessionLocal() as session:
        assert await session.scalar(select(func.count()).select_from(PaddleEvent)) == 1
        assert await session.scalar(select(func.count()).select_from(PaddleSubscription)) == 1


async def test_many_concurrent_events_end_in_the_newest_state(
    send: Send, committed_database: AsyncEngine
) -> None:
    assert committed_database
    history = [subscription(n, "updated", next_billed_at=moment(n)) for n in range(1, 41)]
    history += [customer(n, "updated", email=f"{n}@example.com") for n in range(41, 81)]
    history = history[1::2] + history[::-2]
    responses = await asyncio.gather(*map(send, history))
    assert {response.status_code for response in responses} == {200}
    tables = await read_tables()
    assert tables["paddle_customers"][0]["email"] == "80@example.com"
    assert tables["paddle_subscriptions"][0]["event_id"] == "evt_0040"


@pytest.mark.parametrize("order", list(permutations(range(len(HISTORY))))[::5])
async def test_a_history_ends_in_the_same_state_in_every_order(
    send: Send, order: tuple[int, ...]
) -> None:
    for index in order:
        assert (await send(HISTORY[index])).status_code == 200
    tables = await read_tables()
    [stored] = tables["paddle_subscriptions"]
    assert (stored["event_id"], stored["price_ids"], stored["status"]) == ("evt_0004", [], "active")
    [payer] = tables["paddle_customers"]
    assert (payer["event_id"], payer["email"]) == ("evt_0001", "ada@example.com")
    assert len(tables["paddle_transactions"]) == 1


async def test_a_subscription_may_arrive_before_its_customer(send: Send) -> None:
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
async def test_an_event_that_cannot_be_applied_is_a_500_and_stored_as_failed(
    send: Send, session: AsyncSession, event: dict[str, Any]
) -> None:
    for _ in range(2):
        response = await send(event)
        assert response.status_code == 500
        assert response.json()["error"]["code"] == "event_not_applied"
    assert await read_events(session) == {"evt_0001": "failed"}
    assert not any((await read_tables()).values())


async def test_a_handler_that_fails_leaves_no_partial_effect(
    send: Send, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        fail_after_storing(broken)
        assert (await send(subscription(1))).status_code == 500
    assert await read_events(session) == {"evt_0001": "failed"}
    assert not any((await read_tables()).values())
    assert (await send(subscription(1))).json()["data"]["outcome"] == "applied"
    assert await read_events(session) == {"evt_0001": "applied"}


async def test_an_outage_of_the_database_is_no_failure_of_the_event(
    send: Send, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(session: AsyncSession, *_: object, **__: object) -> None:
        await session.execute(text("SET TRANSACTION READ ONLY"))
        await session.execute(delete(PaddleEvent))

    with monkeypatch.context() as broken:
        broken.setattr(events, "_apply", fail)
        assert (await send(subscription(1))).status_code == 503
    assert await read_events(session) == {}
    assert (await send(subscription(1))).json()["data"]["outcome"] == "applied"


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
async def test_a_signed_body_that_is_not_an_event_is_rejected(
    client: httpx2.AsyncClient, send: Send, body: bytes
) -> None:
    assert send
    header = {"Paddle-Signature": sign(body, secret=SECRET)}
    response = await client.post(WEBHOOKS, content=body, headers=header)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_event")


async def test_a_body_that_is_too_large_is_rejected_unread(send: Send) -> None:
    response = await send(make_event(1, "comet.sighted", {"tail": "x" * 2_000_000}))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


async def test_the_number_of_statements_does_not_grow(
    send: Send, assert_queries: AssertQueries
) -> None:
    with assert_queries(1):  # the event with the subscription and its customer
        await send(subscription(1))
    with assert_queries(1):
        await send(subscription(1))
    items = [{"price": {"id": f"pri_{n}", "product_id": "pro_1"}} for n in range(100)]
    with assert_queries(1):
        await send(subscription(2, "updated", items=items))
    with assert_queries(2):  # the event with the customer, its user
        await send(customer(3))


async def test_an_intake_waits_for_the_database_as_often_as_declared(
    committed_database: AsyncEngine, send: Send, sent_by: SentBy
) -> None:
    assert committed_database
    await send(subscription(1))  # prepares the statements of this connection

    async def send_another() -> None:
        await send(subscription(2, "updated"))

    assert await sent_by(send_another) == ROUND_TRIPS


async def test_an_event_with_a_nul_character_is_stored(send: Send, session: AsyncSession) -> None:
    response = await send(customer(1, email="a\0@example.com", name="\0"))
    assert response.status_code == 200
    assert (await session.get_one(PaddleCustomer, "ctm_1")).email == "a\ufffd@example.com"


async def test_a_text_that_looks_like_an_escape_is_kept(
    client: httpx2.AsyncClient, send: Send, session: AsyncSession
) -> None:
    assert send
    text = r'"a\\\u0000b\\u0000c\u0000\u0000"'.replace("\\\\", "\\")
    body = ANY_EVENT.replace(b'"data": {}', b'"data": {"x": ' + text.encode() + b"}")
    header = {"Paddle-Signature": sign(body, secret=SECRET)}
    assert (await client.post(WEBHOOKS, content=body, headers=header)).status_code == 200
    stored = await session.get_one(PaddleEvent, "evt_1")
    assert stored.payload["data"]["x"] == orjson.loads(text).replace("\0", "\ufffd")


async def test_events_have_no_rate_limit(send: Send) -> None:
    responses = [await send(customer(1)) for _ in range(3)]
    assert not any("ratelimit" in response.headers for response in responses)


async def test_a_user_is_never_linked_by_data_that_a_browser_can_write(
    send: Send, client_for: Any, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    forged = {"custom_data": {"user_id": user_id}}
    await send(subscription(1, **forged))
    await send(transaction(2, **forged))
    await set_verified(session, verified=False)
    await send(customer(3))  # an address is no proof
    payer = await session.get_one(PaddleCustomer, "ctm_1")
    assert payer.user_id is None
    await send(customer(4, "updated", **forged))  # only the API key can write this
    await session.refresh(payer)
    assert str(payer.user_id) == user_id
    await send(customer(5, "updated", custom_data={"user_id": "invalid"}))
    await session.refresh(payer)
    assert str(payer.user_id) == user_id
