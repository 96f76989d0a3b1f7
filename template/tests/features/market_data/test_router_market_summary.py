from collections.abc import Iterator

import pytest
from httpx2 import AsyncClient

from app.core.cache import CacheBackend, InMemoryCacheBackend
from app.core.services import provide
from tests.conftest import AssertQueries
from tests.features.market_data.examples import StoreSymbol, candle_json, day

SUMMARY = "/api/v1/market-summary"
IMPORTS = "/api/v1/candle-imports"
RISING = {"open": "1", "high": "3", "low": "1", "close": "2"}
FALLING = {"open": "2", "high": "3", "low": "1", "close": "1"}
EVEN = {"open": "2", "high": "3", "low": "1", "close": "2"}


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    with provide(CacheBackend, InMemoryCacheBackend()):
        yield


async def test_the_summary_counts_the_newest_daily_candle_of_each_symbol(
    admin: AsyncClient, store_symbol: StoreSymbol
) -> None:
    for ticker in ("AAPL", "MSFT", "IBM", "NEW"):
        await store_symbol(ticker)
    candles = [
        candle_json(symbol="AAPL", open_time=day(1), **FALLING),
        candle_json(symbol="AAPL", open_time=day(2), **RISING),
        candle_json(symbol="MSFT", open_time=day(1), **FALLING),
        candle_json(symbol="IBM", open_time=day(2), **EVEN),
        candle_json(symbol="NEW", interval="1h", open_time=day(3), **RISING),
    ]
    await admin.post(IMPORTS, json={"candles": candles})
    summary = await admin.get(SUMMARY)
    assert summary.status_code == 200
    assert summary.json()["data"] == {"symbols": 3, "rising": 1, "falling": 1, "newest": day(2)}


async def test_the_summary_of_no_candles_is_empty(client: AsyncClient) -> None:
    expected = {"symbols": 0, "rising": 0, "falling": 0, "newest": None}
    assert (await client.get(SUMMARY)).json()["data"] == expected


async def test_the_summary_is_cached(
    client: AsyncClient, store_symbol: StoreSymbol, assert_queries: AssertQueries
) -> None:
    with assert_queries(1):
        first = await client.get(SUMMARY)
    await store_symbol("AAPL", days=1)
    with assert_queries(0):
        second = await client.get(SUMMARY)
    assert second.json() == first.json()
