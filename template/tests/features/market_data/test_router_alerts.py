from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.features.market_data.models import Alert
from tests.conftest import AssertQueries, ClientFor, delete_account
from tests.features.market_data.examples import (
    ADA,
    BOB,
    StoreAlert,
    StoreSymbol,
    alert_json,
    code_of,
    if_match,
)

ALERTS = "/api/v1/alerts"
KEY = {"Idempotency-Key": "4d1c6a52-9f0e-4b57-8d0b-2f8f4a3c7e11"}


async def count_alerts(session: AsyncSession) -> int:
    counted = await session.scalar(select(func.count(Alert.id)).options(ALL_OWNERS))
    return counted or 0


async def test_a_new_alert_is_returned_and_can_be_read_at_its_location(
    ada: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    created = await ada.post(ALERTS, json=alert_json(symbol="aapl"))
    assert created.status_code == 201, created.text
    alert = created.json()["data"]
    assert (alert_json(threshold="187.25000000") | {"active": True}).items() <= alert.items()
    assert UUID(alert["id"]).version == 7
    assert created.headers["location"] == f"{ALERTS}/{alert['id']}"
    assert created.headers["etag"] == f'"{alert["version"]}"' == '"1"'
    read = await ada.get(created.headers["location"])
    assert (read.status_code, read.json()["data"]) == (200, alert)
    assert read.headers["etag"] == created.headers["etag"]


async def test_a_retry_with_the_same_key_does_not_create_a_second_alert(
    ada: AsyncClient, bob: AsyncClient, session: AsyncSession, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    first = await ada.post(ALERTS, json=alert_json(), headers=KEY)
    again = await ada.post(ALERTS, json=alert_json(), headers=KEY)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await count_alerts(session) == 1
    assert (await bob.post(ALERTS, json=alert_json(), headers=KEY)).json() != first.json()
    await ada.post(ALERTS, json=alert_json())
    await ada.post(ALERTS, json=alert_json())
    assert await count_alerts(session) == 4


async def test_an_alert_and_its_idempotency_record_are_stored_atomically(
    ada: AsyncClient, session: AsyncSession, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    await session.execute(text("ALTER TABLE idempotency_keys ADD CHECK (status <> 201)"))
    await session.commit()
    assert (await ada.post(ALERTS, json=alert_json(), headers=KEY)).status_code == 409
    assert await count_alerts(session) == 0


async def test_an_alert_on_an_unknown_symbol_is_rejected(ada: AsyncClient) -> None:
    assert code_of(await ada.post(ALERTS, json=alert_json())) == (404, "symbol_not_found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"threshold": "0"}, "threshold"),
        ({"threshold": "0.00000000"}, "threshold"),
        ({"threshold": "-1"}, "threshold"),
        ({"threshold": "NaN"}, "threshold"),
        ({"threshold": 187.25}, "threshold"),
        ({"threshold": "1000000000000"}, "threshold"),
        ({"threshold": "0.000000001"}, "threshold"),
        ({"condition": "price_equal"}, "condition"),
        ({"symbol": ""}, "symbol"),
        ({"active": None}, "active"),
        ({"active": "yes"}, "active"),
        ({"owner_id": str(UUID(int=1))}, "owner_id"),
    ],
)
async def test_an_invalid_alert_is_rejected_by_field(
    ada: AsyncClient, store_symbol: StoreSymbol, change: dict[str, Any], field: str
) -> None:
    await store_symbol("AAPL")
    rejected = await ada.post(ALERTS, json=alert_json() | change)
    assert rejected.status_code == 422
    assert [detail["field"] for detail in rejected.json()["error"]["details"]] == [f"body.{field}"]


@pytest.mark.parametrize(
    "change", [{"condition": "price_below"}, {"threshold": "0.5"}, {"active": False}]
)
async def test_a_change_keeps_the_omitted_fields_and_returns_a_new_etag(
    ada: AsyncClient, store_symbol: StoreSymbol, change: dict[str, Any]
) -> None:
    await store_symbol("AAPL")
    created = await ada.post(ALERTS, json=alert_json())
    path, before = created.headers["location"], created.json()["data"]
    changed = await ada.patch(path, json=change, headers=if_match(created))
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    after = changed.json()["data"]
    shown = {"threshold": "0.50000000"} if "threshold" in change else change
    late = {"version": 2, "updated_at": after["updated_at"]}
    assert after == before | shown | late
    assert after["updated_at"] >= before["updated_at"]
    read = await ada.get(path)
    assert (read.json()["data"], read.headers["etag"]) == (after, '"2"')


@pytest.mark.parametrize(
    "change", [{}, {"active": None}, {"symbol": "MSFT"}, {"threshold": "0"}, {"version": 7}]
)
async def test_a_change_of_no_field_or_of_a_fixed_field_is_rejected(
    ada: AsyncClient, store_symbol: StoreSymbol, store_alert: StoreAlert, change: dict[str, Any]
) -> None:
    alert = await store_alert(await store_symbol("AAPL"), owner=ADA)
    rejected = await ada.patch(f"{ALERTS}/{alert.id}", json=change, headers={"If-Match": "*"})
    assert rejected.status_code == 422


async def test_a_deleted_alert_is_not_found(ada: AsyncClient, store_symbol: StoreSymbol) -> None:
    await store_symbol("AAPL")
    created = await ada.post(ALERTS, json=alert_json())
    path = created.headers["location"]
    deleted = await ada.delete(path, headers=if_match(created))
    assert (deleted.status_code, deleted.content) == (204, b"")
    for response in (await ada.get(path), await ada.delete(path, headers={"If-Match": "*"})):
        assert code_of(response) == (404, "alert_not_found")


async def test_another_user_does_not_find_the_alert(
    bob: AsyncClient, ada: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    created = await ada.post(ALERTS, json=alert_json())
    path, condition = created.headers["location"], if_match(created)
    for tag in (condition, {"If-Match": "*"}, {"If-Match": '"7"'}):
        changed = await bob.patch(path, json={"active": False}, headers=tag)
        assert code_of(changed) == (404, "alert_not_found")
        assert code_of(await bob.delete(path, headers=tag)) == (404, "alert_not_found")
    assert (await bob.get(path)).status_code == 404
    assert (await bob.get(ALERTS)).json()["data"] == []
    assert (await ada.get(path)).json() == created.json()


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
async def test_pages_hold_every_alert_of_the_user_once_and_in_order(
    ada: AsyncClient,
    bob: AsyncClient,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
    assert_queries: AssertQueries,
    sort: str,
) -> None:
    symbol, now = await store_symbol("AAPL"), datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(5):
        time = now + timedelta(days=number // 2)
        for owner in (ADA, BOB):
            await store_alert(symbol, owner=owner, threshold=number + 1, created_at=time)
    found: list[dict[str, Any]] = []
    query = {"sort": sort, "limit": "2"}
    for _ in range(3):
        with assert_queries(2):  # who asks, and the page
            page = (await ada.get(ALERTS, params=query)).json()
        found += page["data"]
        query["cursor"] = page["meta"]["next_cursor"]
    assert query.pop("cursor") is None
    order = [(alert["created_at"], alert["id"]) for alert in found]
    assert order == sorted(order, reverse=sort.startswith("-"))
    assert {alert["threshold"][0] for alert in found} == set("12345")
    cursor = (await ada.get(ALERTS, params=query)).json()["meta"]["next_cursor"]
    rejected = await bob.get(ALERTS, params=query | {"cursor": cursor})
    assert code_of(rejected) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"symbol": "aapl"}, {1, 2}),
        ({"symbol": "NOPE"}, set[int]()),
        ({"condition": "price_above"}, {1, 3}),
        ({"active": "false"}, {3, 4}),
        ({"active": "true", "condition": "price_below", "symbol": "AAPL"}, {2}),
    ],
)
async def test_a_list_can_be_filtered_by_symbol_condition_and_active(
    ada: AsyncClient,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
    query: dict[str, str],
    expected: set[int],
) -> None:
    apple, microsoft = await store_symbol("AAPL"), await store_symbol("MSFT")
    await store_alert(apple, owner=ADA, threshold=1)
    await store_alert(apple, owner=ADA, threshold=2, condition="price_below")
    await store_alert(microsoft, owner=ADA, threshold=3, active=False)
    await store_alert(microsoft, owner=ADA, threshold=4, condition="volume_above", active=False)
    found = (await ada.get(ALERTS, params=query)).json()["data"]
    assert {int(float(alert["threshold"])) for alert in found} == expected


@pytest.mark.parametrize(
    "query", [{"owner_id": "x"}, {"sort": "threshold"}, {"condition": "x"}, {"active": "maybe"}]
)
async def test_a_list_rejects_unknown_and_invalid_parameters(
    ada: AsyncClient, query: dict[str, str]
) -> None:
    rejected = await ada.get(ALERTS, params=query)
    assert rejected.status_code == 422
    assert rejected.json()["error"]["details"][0]["field"] == f"query.{next(iter(query))}"


async def test_alerts_are_deleted_with_their_symbol_and_with_their_owner(
    ada: AsyncClient,
    admin: AsyncClient,
    client_for: ClientFor,
    session: AsyncSession,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
) -> None:
    await client_for(BOB)
    apple, microsoft = await store_symbol("AAPL"), await store_symbol("MSFT")
    for owner in (ADA, BOB):
        await store_alert(apple, owner=owner)
        await store_alert(microsoft, owner=owner)
    assert (await admin.delete("/api/v1/symbols/AAPL")).status_code == 204
    assert await count_alerts(session) == 2
    assert (await delete_account(ada)).status_code == 204
    assert await count_alerts(session) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ALERTS),
        ("POST", ALERTS),
        ("GET", f"{ALERTS}/{UUID(int=1)}"),
        ("PATCH", f"{ALERTS}/{UUID(int=1)}"),
        ("DELETE", f"{ALERTS}/{UUID(int=1)}"),
        ("POST", "/api/v1/alert-batches"),
        ("POST", "/api/v1/alert-deletions"),
    ],
)
async def test_alerts_require_authentication(client: AsyncClient, method: str, path: str) -> None:
    rejected = await client.request(method, path)
    assert code_of(rejected) == (401, "not_authenticated")
