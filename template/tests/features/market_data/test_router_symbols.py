import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.features.market_data.models import Candle
from tests.conftest import AssertQueries
from tests.features.market_data.examples import StoreSymbol, candle_json, code_of

SYMBOLS = "/api/v1/symbols"
APPLE = {"ticker": "AAPL", "name": "Apple Inc.", "currency": "USD"}


async def test_a_new_symbol_is_returned_and_can_be_read_at_its_location(
    admin: AsyncClient,
) -> None:
    created = await admin.post(SYMBOLS, json=APPLE)
    assert created.status_code == 201
    assert created.headers["location"] == f"{SYMBOLS}/AAPL"
    symbol = created.json()["data"]
    assert APPLE.items() <= symbol.items()
    assert UUID(symbol["id"]).version == 7
    read = await admin.get(created.headers["location"])
    assert read.status_code == 200
    assert read.json()["data"] == symbol


async def test_tickers_are_case_insensitive(admin: AsyncClient) -> None:
    created = await admin.post(SYMBOLS, json=APPLE | {"ticker": "aapl", "currency": "usd"})
    assert APPLE.items() <= created.json()["data"].items()
    assert (await admin.get(f"{SYMBOLS}/Aapl")).json() == created.json()
    assert (await admin.post(SYMBOLS, json=APPLE)).status_code == 409


async def test_a_taken_ticker_is_a_conflict_with_its_own_code(
    admin: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    rejected = await admin.post(SYMBOLS, json=APPLE)
    assert rejected.status_code == 409
    assert rejected.json()["error"]["code"] == "symbol_exists"


async def test_one_of_many_concurrent_creations_succeeds_and_the_others_conflict(
    admin: AsyncClient, committed_database: AsyncEngine
) -> None:
    assert committed_database
    responses = await asyncio.gather(*(admin.post(SYMBOLS, json=APPLE) for _ in range(8)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 7


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ticker": "A B"}, "body.ticker"),
        ({"ticker": "-AAPL"}, "body.ticker"),
        ({"ticker": "A" * 17}, "body.ticker"),
        ({"ticker": "AAPL\n"}, "body.ticker"),
        ({"name": "  "}, "body.name"),
        ({"name": "a" * 201}, "body.name"),
        ({"name": "a\x00b"}, "body.name"),
        ({"currency": "US"}, "body.currency"),
        ({"id": "1"}, "body.id"),
    ],
)
async def test_an_invalid_symbol_is_rejected_by_field(
    admin: AsyncClient, change: dict[str, Any], field: str
) -> None:
    rejected = await admin.post(SYMBOLS, json=APPLE | change)
    assert rejected.status_code == 422
    assert [detail["field"] for detail in rejected.json()["error"]["details"]] == [field]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_symbol_is_not_found(admin: AsyncClient, method: str) -> None:
    body = {"name": "Nobody"} if method == "PATCH" else None
    response = await admin.request(method, f"{SYMBOLS}/NOPE", json=body)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "symbol_not_found"


async def test_a_change_keeps_the_omitted_fields(
    admin: AsyncClient, committed_database: AsyncEngine, store_symbol: StoreSymbol
) -> None:
    assert committed_database
    before = await store_symbol("AAPL", name="Apple Computer", currency="EUR")
    changed = await admin.patch(f"{SYMBOLS}/AAPL", json={"name": "Apple Inc."})
    assert changed.status_code == 200
    symbol = changed.json()["data"]
    assert (symbol["name"], symbol["currency"]) == ("Apple Inc.", "EUR")
    assert symbol["id"] == str(before.id)
    assert datetime.fromisoformat(symbol["created_at"]) == before.created_at
    assert datetime.fromisoformat(symbol["updated_at"]) > before.updated_at
    assert (await admin.get(f"{SYMBOLS}/AAPL")).json() == changed.json()


@pytest.mark.parametrize("change", [{}, {"name": None}, {"ticker": "MSFT"}])
async def test_a_change_of_no_field_or_of_a_fixed_field_is_rejected(
    admin: AsyncClient, store_symbol: StoreSymbol, change: dict[str, Any]
) -> None:
    await store_symbol("AAPL")
    assert (await admin.patch(f"{SYMBOLS}/AAPL", json=change)).status_code == 422


async def test_deleting_a_symbol_deletes_its_candles(
    admin: AsyncClient, session: AsyncSession, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", days=3)
    await store_symbol("MSFT", days=2)
    deleted = await admin.delete(f"{SYMBOLS}/AAPL")
    assert deleted.status_code == 204
    assert deleted.content == b""
    assert (await admin.get(f"{SYMBOLS}/AAPL")).status_code == 404
    assert await session.scalar(select(func.count()).select_from(Candle)) == 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", SYMBOLS, {"ticker": "MSFT", "name": "Microsoft", "currency": "USD"}),
        ("PATCH", f"{SYMBOLS}/AAPL", {"name": "Pear Inc."}),
        ("DELETE", f"{SYMBOLS}/AAPL", None),
        ("POST", "/api/v1/candle-imports", {"candles": [candle_json()]}),
    ],
)
async def test_only_administrators_can_change_market_data(
    client: AsyncClient,
    ada: AsyncClient,
    session: AsyncSession,
    store_symbol: StoreSymbol,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    await store_symbol("AAPL")
    before = (await client.get(SYMBOLS)).json()
    anonymous = await client.request(method, path, json=body)
    assert code_of(anonymous) == (401, "not_authenticated")
    assert code_of(await ada.request(method, path, json=body)) == (403, "insufficient_role")
    assert (await client.get(SYMBOLS)).json() == before
    assert await session.scalar(select(func.count()).select_from(Candle)) == 0


@pytest.mark.parametrize("sort", ["ticker", "-ticker", "created_at", "-created_at"])
async def test_pages_hold_every_symbol_once_and_in_order(
    client: AsyncClient, store_symbol: StoreSymbol, assert_queries: AssertQueries, sort: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for number, ticker in enumerate("CADBE"):
        await store_symbol(ticker, created_at=now + timedelta(days=number // 2))
    found: list[dict[str, Any]] = []
    query = {"sort": sort, "limit": "2"}
    for _ in range(3):
        with assert_queries(1):
            page = (await client.get(SYMBOLS, params=query)).json()
        found += page["data"]
        query["cursor"] = page["meta"]["next_cursor"]
    assert query["cursor"] is None
    assert len(found) == 5
    values = [symbol[sort.removeprefix("-")] for symbol in found]
    assert values == sorted(values, reverse=sort.startswith("-"))
    assert {symbol["ticker"] for symbol in found} == set("ABCDE")


async def test_a_list_can_be_filtered_by_currency_and_age(
    client: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("OLD", created_at=datetime(2020, 1, 1, tzinfo=UTC))
    await store_symbol("NEW", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    await store_symbol("EURO", currency="EUR", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    query = {"currency": "usd", "created_since": "2026-01-01T01:00:00+01:00"}
    found = (await client.get(SYMBOLS, params=query)).json()["data"]
    assert [symbol["ticker"] for symbol in found] == ["NEW"]


@pytest.mark.parametrize(
    "query",
    [{"colour": "red"}, {"sort": "name"}, {"limit": "0"}, {"limit": "1001"}, {"currency": "$"}],
)
async def test_a_list_rejects_unknown_and_invalid_parameters(
    client: AsyncClient, query: dict[str, str]
) -> None:
    rejected = await client.get(SYMBOLS, params=query)
    assert rejected.status_code == 422
    assert rejected.json()["error"]["details"][0]["field"] == f"query.{next(iter(query))}"


async def test_a_cursor_of_another_list_is_rejected(
    client: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    await store_symbol("MSFT")
    page = await client.get(SYMBOLS, params={"limit": 1})
    cursor = page.json()["meta"]["next_cursor"]
    for query in ({"cursor": cursor, "sort": "-ticker"}, {"cursor": f"{cursor}x"}):
        rejected = await client.get(SYMBOLS, params=query)
        assert rejected.status_code == 400
        assert rejected.json()["error"]["code"] == "invalid_cursor"
