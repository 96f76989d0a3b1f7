from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.market_data.intervals import Interval
from app.features.market_data.models import Alert, AlertCondition, Candle, Symbol
from tests.features.market_data.examples import ADA, StoreAlert, StoreSymbol, candle_row


@pytest.mark.parametrize("interval", Interval)
async def test_the_database_accepts_every_interval(
    session: AsyncSession, store_symbol: StoreSymbol, interval: Interval
) -> None:
    row = candle_row(await store_symbol(), number=1) | {"interval": interval}
    await session.execute(insert(Candle).values(row))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"interval": "2d"}, "interval_known"),
        ({"low": 0}, "prices_positive"),
        ({"high": "NaN"}, "prices_positive"),
        ({"low": 2.5}, "low_lowest"),
        ({"high": 1.5}, "high_highest"),
        ({"volume": -1}, "volume_not_negative"),
        ({"volume": "NaN"}, "volume_not_negative"),
    ],
)
async def test_the_database_rejects_an_invalid_candle(
    session: AsyncSession, store_symbol: StoreSymbol, change: dict[str, Any], constraint: str
) -> None:
    row = candle_row(await store_symbol(), number=1) | change
    with pytest.raises(IntegrityError, match=f"ck_candles_{constraint}"):
        await session.execute(insert(Candle).values(row))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"ticker": "aapl"}, "ticker_form"),
        ({"ticker": ""}, "ticker_form"),
        ({"name": ""}, "name_not_empty"),
        ({"currency": "US"}, "currency_form"),
    ],
)
async def test_the_database_rejects_an_invalid_symbol(
    session: AsyncSession, change: dict[str, Any], constraint: str
) -> None:
    values = {"ticker": "AAPL", "name": "Apple Inc.", "currency": "USD"} | change
    with pytest.raises(IntegrityError, match=f"ck_symbols_{constraint}"):
        await session.execute(insert(Symbol).values(values))


@pytest.mark.parametrize("condition", AlertCondition)
async def test_the_database_accepts_every_condition_of_an_alert(
    ada: AsyncClient,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
    condition: AlertCondition,
) -> None:
    assert ada
    alert = await store_alert(await store_symbol(), owner=ADA, condition=condition)
    assert isinstance(alert, Alert)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"condition": "price_equal"}, "condition_known"),
        ({"threshold": 0}, "threshold_positive"),
        ({"threshold": "NaN"}, "threshold_positive"),
    ],
)
async def test_the_database_rejects_an_invalid_alert(
    ada: AsyncClient,
    store_symbol: StoreSymbol,
    store_alert: StoreAlert,
    change: dict[str, Any],
    constraint: str,
) -> None:
    assert ada
    symbol = await store_symbol()
    with pytest.raises(IntegrityError, match=f"ck_alerts_{constraint}"):
        await store_alert(symbol, owner=ADA, **change)
