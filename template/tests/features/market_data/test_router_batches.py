import asyncio
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.features.market_data.models import Candle
from tests.conftest import AssertQueries
from tests.features.market_data.examples import StoreSymbol, candle_json, day

QUERIES = "/api/v1/candle-queries"
IMPORTS = "/api/v1/candle-imports"


async def import_candles(client: AsyncClient, *candles: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(IMPORTS, json={"candles": candles})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def outcomes(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(candle["id"], candle["outcome"]) for candle in body["data"]["succeeded"]]


def failures(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(failure["id"], failure["code"]) for failure in body["data"]["failed"]]


async def test_a_batch_returns_known_symbols_in_order_and_others_as_failures(
    client: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", days=2)
    await store_symbol("MSFT", days=3)
    await store_symbol("IBM")
    symbols = ["msft", "NOPE", "AAPL", "IBM", "MSFT", "GONE"]
    response = await client.post(QUERIES, json={"symbols": symbols, "start": day(1)})
    assert response.status_code == 200
    body = response.json()
    times = {
        found["symbol"]: [candle["open_time"] for candle in found["candles"]]
        for found in body["data"]["succeeded"]
    }
    assert list(times.items()) == [("MSFT", [day(1), day(2)]), ("AAPL", [day(1)]), ("IBM", [])]
    assert failures(body) == [("NOPE", "symbol_not_found"), ("GONE", "symbol_not_found")]
    assert body["meta"] == {"succeeded": 3, "failed": 2}


@pytest.mark.parametrize("number", [1, 2, 100])
async def test_a_batch_takes_two_statements_at_any_size(
    client: AsyncClient, store_symbol: StoreSymbol, assert_queries: AssertQueries, number: int
) -> None:
    symbols = [f"S{index}" for index in range(number)]
    for symbol in symbols[: number // 2 + 1]:
        await store_symbol(symbol, days=2)
    with assert_queries(2):
        response = await client.post(QUERIES, json={"symbols": symbols})
    assert response.json()["meta"]["succeeded"] == min(number, number // 2 + 1)


@pytest.mark.parametrize("sort", ["open_time", "-open_time"])
async def test_the_cursor_of_a_symbol_in_a_batch_continues_in_its_list(
    client: AsyncClient, store_symbol: StoreSymbol, sort: str
) -> None:
    await store_symbol("AAPL", days=5)
    await store_symbol("MSFT", days=3)
    query = {"start": day(0), "end": day(9), "sort": sort}
    batch = {"symbols": ["AAPL", "MSFT"], "limit": 3, **query}
    apple, microsoft = (await client.post(QUERIES, json=batch)).json()["data"]["succeeded"]
    assert microsoft["next_cursor"] is None
    rest = await client.get(
        "/api/v1/symbols/AAPL/candles", params=query | {"cursor": apple["next_cursor"]}
    )
    times = [candle["open_time"] for candle in apple["candles"] + rest.json()["data"]]
    assert times == sorted((day(number) for number in range(5)), reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbols": []}, "body.symbols"),
        ({"symbols": [f"S{index}" for index in range(101)]}, "body.symbols"),
        ({"symbols": ["a b"]}, "body.symbols.0"),
        ({"limit": 101}, "body.limit"),
        ({"cursor": "x"}, "body.cursor"),
    ],
)
async def test_an_invalid_batch_is_rejected_by_field(
    client: AsyncClient, change: dict[str, Any], field: str
) -> None:
    rejected = await client.post(QUERIES, json={"symbols": ["AAPL"]} | change)
    assert rejected.status_code == 422
    assert [detail["field"] for detail in rejected.json()["error"]["details"]] == [field]


async def test_a_batch_with_an_empty_range_is_rejected(client: AsyncClient) -> None:
    batch = {"symbols": ["AAPL"], "start": day(2), "end": day(2)}
    rejected = await client.post(QUERIES, json=batch)
    assert rejected.status_code == 400
    assert rejected.json()["error"]["code"] == "empty_range"


async def test_an_import_stores_valid_candles_and_returns_the_other_errors(
    admin: AsyncClient, session: AsyncSession, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    body = await import_candles(
        admin,
        candle_json(symbol="aapl"),
        candle_json(symbol="NOPE"),
        candle_json(open_time=day(2), high="551"),
        candle_json(open_time=day(3), low="551"),
        candle_json(open_time=day(4), low="0", open="0"),
        candle_json(open_time="2013-01-06T00:00:00.000001Z"),
        candle_json(interval="1w", open_time=day(1)),
        candle_json(open_time=day(7)),
        candle_json(open_time="2013-01-08T01:00:00+01:00", close="550"),
        candle_json(interval="1w", open_time="2013-01-07T00:00:00Z"),
    )
    assert outcomes(body) == [
        ("AAPL/1d/2013-01-02T00:00:00Z", "stored"),
        ("AAPL/1w/2013-01-07T00:00:00Z", "stored"),
    ]
    assert failures(body) == [
        ("NOPE/1d/2013-01-02T00:00:00Z", "symbol_not_found"),
        ("AAPL/1d/2013-01-03T00:00:00Z", "inconsistent_candle"),
        ("AAPL/1d/2013-01-04T00:00:00Z", "inconsistent_candle"),
        ("AAPL/1d/2013-01-05T00:00:00Z", "inconsistent_candle"),
        ("AAPL/1d/2013-01-06T00:00:00.000001Z", "misaligned_candle"),
        ("AAPL/1w/2013-01-02T00:00:00Z", "misaligned_candle"),
        ("AAPL/1d/2013-01-08T00:00:00Z", "duplicate_candle"),
        ("AAPL/1d/2013-01-08T00:00:00Z", "duplicate_candle"),
    ]
    assert body["meta"] == {"succeeded": 2, "failed": 8}
    assert await session.scalar(select(func.count()).select_from(Candle)) == 2


async def test_an_existing_candle_is_replaced_only_if_it_differs(
    admin: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    first, second = candle_json(), candle_json(open_time=day(2))
    await import_candles(admin, first, second)
    body = await import_candles(admin, first, second | {"close": "550.00", "volume": "1.5"})
    assert [outcome for _, outcome in outcomes(body)] == ["unchanged", "stored"]
    read = await admin.get("/api/v1/symbols/AAPL/candles")
    assert [candle["close"] for candle in read.json()["data"]] == ["549.03000000", "550.00000000"]


@pytest.mark.parametrize("number", [1, 2, 1000])
async def test_an_import_takes_as_many_statements_at_any_size(
    admin: AsyncClient, store_symbol: StoreSymbol, assert_queries: AssertQueries, number: int
) -> None:
    await store_symbol("AAPL")
    candles = [candle_json(open_time=day(index)) for index in range(number)]
    with assert_queries(3):  # one finds the user
        body = await import_candles(admin, *candles)
    assert body["meta"] == {"succeeded": number, "failed": 0}


async def test_concurrent_imports_of_the_same_candles_do_not_deadlock(
    admin: AsyncClient, committed_database: AsyncEngine, store_symbol: StoreSymbol
) -> None:
    assert committed_database
    await store_symbol("AAPL")
    candles = [candle_json(open_time=day(number)) for number in range(300)]
    bodies = await asyncio.gather(
        *(import_candles(admin, *candles[:: 1 if turn % 2 else -1]) for turn in range(6))
    )
    assert [body["meta"]["succeeded"] for body in bodies] == [300] * 6
    stored = sum(outcome == "stored" for body in bodies for _, outcome in outcomes(body))
    assert stored == 300


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"open": 553.82}, "open"),
        ({"open": 553}, "open"),
        ({"open": "NaN"}, "open"),
        ({"open": "-1"}, "open"),
        ({"open": "1e5"}, "open"),
        ({"open": "1_000"}, "open"),
        ({"open": "1000000000000"}, "open"),
        ({"open": "0.000000001"}, "open"),
        ({"volume": "100000000000000000000"}, "volume"),
        ({"interval": "2d"}, "interval"),
        ({"open_time": "2013-01-02T00:00:00"}, "open_time"),
        ({"symbol": ""}, "symbol"),
        ({"adjusted": "1"}, "adjusted"),
    ],
)
async def test_a_malformed_candle_is_rejected_by_field_and_nothing_is_stored(
    admin: AsyncClient,
    session: AsyncSession,
    store_symbol: StoreSymbol,
    change: dict[str, Any],
    field: str,
) -> None:
    await store_symbol("AAPL")
    candles = [candle_json(), candle_json(open_time=day(2)) | change]
    rejected = await admin.post(IMPORTS, json={"candles": candles})
    assert rejected.status_code == 422
    details = rejected.json()["error"]["details"]
    assert [detail["field"] for detail in details] == [f"body.candles.1.{field}"]
    assert await session.scalar(select(func.count()).select_from(Candle)) == 0


@pytest.mark.parametrize("number", [0, 1001])
async def test_an_import_is_bounded(admin: AsyncClient, number: int) -> None:
    candles = [candle_json(open_time=day(index)) for index in range(number)]
    assert (await admin.post(IMPORTS, json={"candles": candles})).status_code == 422
