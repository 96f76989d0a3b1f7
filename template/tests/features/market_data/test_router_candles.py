from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from app.features.market_data.models import Candle
from tests.conftest import AssertQueries
from tests.features.market_data.examples import StoreSymbol, candle_json, candle_row, day

CANDLES = "/api/v1/symbols/AAPL/candles"
PRICES = "/api/v1/symbols/AAPL/prices"
IMPORTS = "/api/v1/candle-imports"


async def read_all(client: AsyncClient, **query: Any) -> list[str]:
    """Return the open times of every page."""
    times: list[str] = []
    while True:
        response = await client.get(CANDLES, params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        times += [candle["open_time"] for candle in page["data"]]
        if page["meta"]["next_cursor"] is None:
            return times
        query["cursor"] = page["meta"]["next_cursor"]


async def test_decimals_are_exact_strings_without_an_exponent(
    admin: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL")
    smallest, largest = "0.00000001", "999999999999.99999999"
    volume = "99999999999999999999.99999999"
    given = {"open": smallest, "low": smallest, "high": largest, "close": largest}
    extreme = candle_json(**given, volume=volume)
    idle = candle_json(open_time=day(2), volume="0")
    stored = await admin.post(IMPORTS, json={"candles": [extreme, idle]})
    assert stored.json()["meta"] == {"succeeded": 2, "failed": 0}
    first, second = (await admin.get(CANDLES)).json()["data"]
    assert first == {"open_time": day(1), **given, "volume": volume}
    assert second["volume"] == "0.00000000"
    assert second["open"] == "553.82000000"


async def test_a_range_includes_its_start_and_excludes_its_end(
    client: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", days=9)
    assert await read_all(client, start=day(2), end=day(5)) == [day(2), day(3), day(4)]
    assert await read_all(client, start=day(7)) == [day(7), day(8)]
    assert await read_all(client, end=day(1)) == [day(0)]
    assert await read_all(client, start="2013-01-03T01:00:00+01:00", end=day(3)) == [day(2)]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 1000])
@pytest.mark.parametrize("sort", ["open_time", "-open_time"])
async def test_pages_hold_every_candle_once_and_in_order(
    client: AsyncClient, store_symbol: StoreSymbol, limit: int, sort: str
) -> None:
    await store_symbol("AAPL", days=6)
    await store_symbol("MSFT", days=6)
    times = [day(number) for number in range(6)]
    expected = times if sort == "open_time" else times[::-1]
    assert await read_all(client, limit=limit, sort=sort) == expected


async def test_candles_inserted_between_pages_neither_repeat_nor_hide_others(
    client: AsyncClient, session: AsyncSession, store_symbol: StoreSymbol
) -> None:
    symbol = await store_symbol("AAPL")
    early, late = ([candle_row(symbol, number=n) for n in days] for days in ((2, 4, 6), (0, 5, 8)))
    await session.execute(insert(Candle), early)
    await session.commit()
    first = (await client.get(CANDLES, params={"limit": 2})).json()
    await session.execute(insert(Candle), late)
    await session.commit()
    query = {"limit": 9, "cursor": first["meta"]["next_cursor"]}
    rest = (await client.get(CANDLES, params=query)).json()
    assert [candle["open_time"] for candle in first["data"]] == [day(2), day(4)]
    assert [candle["open_time"] for candle in rest["data"]] == [day(5), day(6), day(8)]


@pytest.mark.parametrize("days", [0, 1, 50])
async def test_a_page_takes_two_statements_at_any_size(
    client: AsyncClient, store_symbol: StoreSymbol, assert_queries: AssertQueries, days: int
) -> None:
    await store_symbol("AAPL", days=days)
    with assert_queries(2):
        page = await client.get(CANDLES)
    assert len(page.json()["data"]) == days


async def test_only_candles_of_the_interval_are_listed(
    admin: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", days=2)
    hour = candle_json(interval="1h", open_time="2013-01-01T05:00:00Z")
    await admin.post(IMPORTS, json={"candles": [hour]})
    assert await read_all(admin) == [day(0), day(1)]
    assert await read_all(admin, interval="1h") == ["2013-01-01T05:00:00Z"]
    assert await read_all(admin, interval="4h") == []


async def test_candles_of_an_unknown_symbol_are_not_found(client: AsyncClient) -> None:
    response = await client.get(CANDLES)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "symbol_not_found"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": "2013-01-02"}, "query.start"),
        ({"start": "2013-01-02T00:00:00"}, "query.start"),
        ({"interval": "2d"}, "query.interval"),
        ({"limit": 1001}, "query.limit"),
        ({"sort": "volume"}, "query.sort"),
        ({"symbol": "AAPL"}, "query.symbol"),
    ],
)
async def test_an_invalid_range_is_rejected_by_field(
    client: AsyncClient, query: dict[str, Any], field: str
) -> None:
    rejected = await client.get(CANDLES, params=query)
    assert rejected.status_code == 422
    assert [detail["field"] for detail in rejected.json()["error"]["details"]] == [field]


@pytest.mark.parametrize("end", [day(1), day(2)])
async def test_an_empty_range_is_rejected(client: AsyncClient, end: str) -> None:
    rejected = await client.get(CANDLES, params={"start": day(2), "end": end})
    assert rejected.status_code == 400
    assert rejected.json()["error"]["code"] == "empty_range"


async def test_a_cursor_is_valid_for_its_symbol_filters_and_order_only(
    client: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", days=3)
    await store_symbol("MSFT", days=3)
    page = await client.get(CANDLES, params={"limit": 1, "start": day(0)})
    good = {"start": day(0), "cursor": page.json()["meta"]["next_cursor"]}
    assert (await client.get(CANDLES, params=good)).status_code == 200
    foreign = [
        ("/api/v1/symbols/MSFT/candles", good),
        ("/api/v1/symbols", {"cursor": good["cursor"]}),
        (CANDLES, good | {"start": day(1)}),
        (CANDLES, good | {"end": day(9)}),
        (CANDLES, good | {"interval": "1h"}),
        (CANDLES, good | {"sort": "-open_time"}),
        (CANDLES, good | {"cursor": good["cursor"][:-1]}),
    ]
    for path, query in foreign:
        rejected = await client.get(path, params=query)
        assert rejected.status_code == 400
        assert rejected.json()["error"]["code"] == "invalid_cursor"


async def test_the_former_path_returns_the_same_page_and_announces_its_end(
    app: FastAPI, client: AsyncClient, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", days=2)
    current, former = await client.get(CANDLES), await client.get(PRICES)
    assert former.json() == current.json()
    assert former.headers["deprecation"] == "@1796083200"
    assert former.headers["sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    assert "deprecation" not in current.headers
    paths = app.openapi()["paths"]
    assert paths["/api/v1/symbols/{ticker}/prices"]["get"]["deprecated"] is True


@pytest.mark.parametrize(("roll", "lines"), [(0.05, 1), (0.5, 0)])
async def test_one_in_ten_requests_for_candles_is_logged(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch, roll: float, lines: int
) -> None:
    monkeypatch.setattr("app.core.middleware.request_logging.random", lambda: roll)
    with capture_logs() as logs:
        await client.get(CANDLES)
    ordinary = [line for line in logs if line["event"] == "request" and line["log_level"] == "info"]
    assert len(ordinary) == lines
