import pytest
import structlog
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from structlog.testing import LogCapture

from tests.features.market_data.examples import StoreSymbol, day
from tests.features.market_data.plans import explain, statements_of

SYMBOLS = [f"S{index}" for index in range(20)]

FILL = text(
    "INSERT INTO candles (symbol_id, interval, open_time, open, high, low, close, volume) "
    "SELECT symbols.id, interval, '2013-01-01Z'::timestamptz + number * '1 day'::interval, "
    "1, 1, 1, 1, 0 "
    "FROM symbols, unnest(ARRAY['1d', '1h']) AS interval, generate_series(1, 5000) AS number "
    "ORDER BY interval, number"
)


@pytest.fixture
async def many_candles(
    committed_database: AsyncEngine, session: AsyncSession, store_symbol: StoreSymbol
) -> AsyncEngine:
    for symbol in SYMBOLS:
        await store_symbol(symbol)
    await session.execute(FILL)
    await session.execute(text("ANALYZE"))
    await session.commit()
    return committed_database


async def test_candles_are_read_by_the_index_in_their_order(
    client: AsyncClient, many_candles: AsyncEngine
) -> None:
    path = "/api/v1/symbols/S7/candles"
    for sort in ("open_time", "-open_time"):
        query = {"start": day(100), "end": day(4900), "sort": sort}
        first = (await client.get(path, params=query)).json()
        query["cursor"] = first["meta"]["next_cursor"]
        with statements_of(many_candles) as statements:
            await client.get(path, params=query)
        plan = await explain(many_candles, *statements[-1])
        assert "using pk_candles" in plan, plan
        assert "Seq Scan" not in plan, plan
        assert "Sort" not in plan, plan

    batch = {"symbols": SYMBOLS, "start": day(100), "sort": "-open_time", "limit": 10}
    with statements_of(many_candles) as statements:
        await client.post("/api/v1/candle-queries", json=batch)
    plan = await explain(many_candles, *statements[-1])
    assert "using pk_candles" in plan, plan
    assert "Seq Scan on candles" not in plan, plan
    assert "Limit" in plan, plan


async def test_the_statement_of_a_batch_is_timed(
    client: AsyncClient, store_symbol: StoreSymbol, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured = LogCapture()
    debug = structlog.make_filtering_bound_logger("debug")
    logger = structlog.wrap_logger(None, processors=[captured], wrapper_class=debug)
    monkeypatch.setattr("app.core.timing.log", logger)
    await store_symbol("AAPL", days=1)
    await client.post("/api/v1/candle-queries", json={"symbols": ["AAPL"]})
    assert [(line["name"], line["outcome"]) for line in captured.entries] == [
        ("first_candles", "ok")
    ]
