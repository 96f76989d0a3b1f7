import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.features.market_data.models import Alert
from tests.conftest import AssertQueries, ClientFor
from tests.features.market_data.examples import ADA, BOB, StoreAlert, StoreSymbol, alert_json

BATCHES = "/api/v1/alert-batches"
DELETIONS = "/api/v1/alert-deletions"


def failures(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(failure["id"], failure["code"]) for failure in body["data"]["failed"]]


async def create(client: AsyncClient, *alerts: dict[str, Any], key: str = "one") -> Response:
    return await client.post(BATCHES, json={"alerts": alerts}, headers={"Idempotency-Key": key})


async def count_alerts(session: AsyncSession) -> int:
    counted = await session.scalar(select(func.count(Alert.id)).options(ALL_OWNERS))
    return counted or 0


async def test_a_batch_creates_valid_alerts_and_names_positions_of_failures(
    ada: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    await store_symbol("MSFT")
    created = await create(
        ada,
        alert_json(symbol="msft", threshold="1"),
        alert_json(symbol="NOPE"),
        alert_json(threshold="2", active=False),
        alert_json(threshold="2", active=False),
        alert_json(symbol="NOPE", condition="price_below"),
    )
    assert created.status_code == 200, created.text
    body = created.json()
    succeeded = body["data"]["succeeded"]
    assert [(alert["symbol"], alert["threshold"][0], alert["active"]) for alert in succeeded] == [
        ("MSFT", "1", True),
        ("AAPL", "2", False),
        ("AAPL", "2", False),
    ]
    assert failures(body) == [("alerts.1", "symbol_not_found"), ("alerts.4", "symbol_not_found")]
    assert body["meta"] == {"succeeded": 3, "failed": 2}
    listed = (await ada.get("/api/v1/alerts", params={"sort": "created_at"})).json()["data"]
    assert listed == succeeded


@pytest.mark.parametrize("number", [1, 2, 100])
async def test_a_batch_takes_the_same_number_of_statements_at_any_size(
    ada: AsyncClient, store_symbol: StoreSymbol, assert_queries: AssertQueries, number: int
) -> None:
    await store_symbol("AAPL")
    alerts = [alert_json(symbol="AAPL" if place % 2 == 0 else "NOPE") for place in range(number)]
    with assert_queries(5):  # who asks; the key claimed and kept; symbols; alerts
        created = await create(ada, *alerts)
    assert created.json()["meta"] == {"succeeded": -(-number // 2), "failed": number // 2}


async def test_a_batch_requires_a_key_and_a_retry_creates_nothing(
    ada: AsyncClient, session: AsyncSession, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    rejected = await ada.post(BATCHES, json={"alerts": [alert_json()]})
    assert rejected.status_code == 400
    assert rejected.json()["error"]["code"] == "idempotency_key_missing"
    first, again = await create(ada, alert_json()), await create(ada, alert_json())
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = await create(ada, alert_json(threshold="1"))
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    assert await count_alerts(session) == 1


async def test_a_batch_that_is_sent_many_times_concurrently_is_created_once(
    ada: AsyncClient,
    committed_database: AsyncEngine,
    session: AsyncSession,
    store_symbol: StoreSymbol,
) -> None:
    assert committed_database
    await store_symbol("AAPL")
    responses = await asyncio.gather(*(create(ada, alert_json(), alert_json()) for _ in range(8)))
    assert {response.status_code for response in responses} <= {200, 409}
    assert await count_alerts(session) == 2


async def test_a_deletion_deletes_the_users_alerts_and_all_other_ids_fail(
    ada: AsyncClient,
    client_for: ClientFor,
    session: AsyncSession,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
) -> None:
    await client_for(BOB)
    symbol, unknown = await store_symbol("AAPL"), uuid4()
    first, second, kept = [await store_alert(symbol, owner=ADA) for _ in range(3)]
    of_bob = await store_alert(symbol, owner=BOB)
    ids = [str(one) for one in (second.id, unknown, first.id, of_bob.id, second.id)]
    response = await ada.post(DELETIONS, json={"ids": ids})
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["data"]["succeeded"] == [{"id": str(second.id)}, {"id": str(first.id)}]
    assert failures(body) == [
        (str(unknown), "alert_not_found"),
        (str(of_bob.id), "alert_not_found"),
    ]
    left = await session.scalars(select(Alert.id).options(ALL_OWNERS))
    assert set(left) == {kept.id, of_bob.id}


@pytest.mark.parametrize("number", [1, 2, 100])
async def test_a_deletion_takes_two_statements_at_any_size(
    ada: AsyncClient,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
    assert_queries: AssertQueries,
    number: int,
) -> None:
    symbol = await store_symbol("AAPL")
    ids: list[UUID] = [(await store_alert(symbol, owner=ADA)).id for _ in range(min(number, 3))]
    ids += [uuid4() for _ in range(number - len(ids))]
    with assert_queries(2):  # who asks, and the deletion
        response = await ada.post(DELETIONS, json={"ids": [str(one) for one in ids]})
    assert response.json()["meta"]["succeeded"] == min(number, 3)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (BATCHES, {"alerts": []}, "body.alerts"),
        (BATCHES, {"alerts": [alert_json()] * 101}, "body.alerts"),
        (BATCHES, {"alerts": [alert_json(), alert_json(threshold="0")]}, "body.alerts.1.threshold"),
        (DELETIONS, {"ids": []}, "body.ids"),
        (DELETIONS, {"ids": [str(uuid4()) for _ in range(101)]}, "body.ids"),
        (DELETIONS, {"ids": ["1"]}, "body.ids.0"),
    ],
)
async def test_an_invalid_batch_is_rejected_by_field(
    ada: AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    rejected = await ada.post(path, json=body, headers={"Idempotency-Key": "one"})
    assert rejected.status_code == 422
    assert [detail["field"] for detail in rejected.json()["error"]["details"]] == [field]


@pytest.mark.usefixtures("stopped_rate_limits")
async def test_batches_and_deletions_share_one_rate_limit_per_user(
    ada: AsyncClient, client_for: ClientFor
) -> None:
    for number in range(15):
        assert (await create(ada, alert_json(), key=str(number))).status_code == 200
        assert (await ada.post(DELETIONS, json={"ids": [str(uuid4())]})).status_code == 200
    for rejected in (
        await create(ada, alert_json(), key="last"),
        await ada.post(DELETIONS, json={"ids": [str(uuid4())]}),
    ):
        assert rejected.status_code == 429
        assert int(rejected.headers["retry-after"]) > 0
    bob = await client_for(BOB)
    assert (await create(bob, alert_json())).status_code == 200
