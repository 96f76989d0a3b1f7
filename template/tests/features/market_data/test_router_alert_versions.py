import asyncio

import pytest
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.features.market_data.examples import (
    ADA,
    StoreAlert,
    StoreSymbol,
    alert_json,
    code_of,
    if_match,
)

ALERTS = "/api/v1/alerts"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"2"', None),
        ('"1", "2"', None),
        ("*", None),
        ('"1"', (412, "precondition_failed")),
        ('"3"', (412, "precondition_failed")),
        ('W/"2"', (412, "precondition_failed")),
        ('"99999999999999999999"', (412, "precondition_failed")),
        ("2", (400, "invalid_if_match")),
        (None, (428, "precondition_required")),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_only_an_expected_version_can_be_changed_or_deleted(
    ada: AsyncClient,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
    method: str,
    header: str | None,
    status: tuple[int, str] | None,
) -> None:
    alert = await store_alert(await store_symbol("AAPL"), owner=ADA, version=2)
    path, headers = f"{ALERTS}/{alert.id}", {"If-Match": header} if header else {}
    change = {"active": False} if method == "PATCH" else None
    response = await ada.request(method, path, headers=headers, json=change)
    left = await ada.get(path)
    if status is None:
        assert response.status_code == {"PATCH": 200, "DELETE": 204}[method]
        assert left.status_code == {"PATCH": 200, "DELETE": 404}[method]
    else:
        assert code_of(response) == status
        assert (left.json()["data"]["active"], left.headers["etag"]) == (True, '"2"')


async def test_one_of_many_concurrent_changes_to_a_version_succeeds(
    ada: AsyncClient, committed_database: AsyncEngine, store_symbol: StoreSymbol
) -> None:
    assert committed_database
    await store_symbol("AAPL")
    created = await ada.post(ALERTS, json=alert_json())
    path, condition = created.headers["location"], if_match(created)
    changes = [
        ada.patch(path, json={"threshold": str(number)}, headers=condition)
        for number in range(1, 9)
    ]
    responses = await asyncio.gather(*changes)
    assert sorted(response.status_code for response in responses) == [200] + [412] * 7
    (winner,) = (response for response in responses if response.status_code == 200)
    assert (await ada.get(path)).json() == winner.json()


async def test_concurrent_changes_of_any_version_all_succeed(
    ada: AsyncClient, committed_database: AsyncEngine, store_symbol: StoreSymbol
) -> None:
    assert committed_database
    await store_symbol("AAPL")
    path = (await ada.post(ALERTS, json=alert_json())).headers["location"]
    any_state = {"If-Match": "*"}
    responses = await asyncio.gather(
        *(ada.patch(path, json={"active": True}, headers=any_state) for _ in range(5))
    )
    assert {response.status_code for response in responses} == {200}
    assert (await ada.get(path)).headers["etag"] == '"6"'
