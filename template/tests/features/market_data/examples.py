"""Symbols, candles and alerts for tests."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from httpx2 import Response

from app.features.market_data.models import Alert, Symbol

FIRST_DAY = datetime(2013, 1, 1, tzinfo=UTC)

StoreSymbol = Callable[..., Awaitable[Symbol]]
"""Stores a symbol with a number of daily candles, the first on `FIRST_DAY`."""

StoreAlert = Callable[..., Awaitable[Alert]]
"""Stores an alert on a symbol, for the owner with an e-mail address."""

ADA, BOB = "ada@example.com", "bob@example.com"


def day(number: int) -> str:
    """Return the time a number of days after the first."""
    return (FIRST_DAY + timedelta(days=number)).isoformat().replace("+00:00", "Z")


def candle_json(**changes: Any) -> dict[str, Any]:
    """Return a valid candle for an import, with changes."""
    candle = {
        "symbol": "AAPL",
        "interval": "1d",
        "open_time": day(1),
        "open": "553.82",
        "high": "555.00",
        "low": "541.63",
        "close": "549.03",
        "volume": "20018500",
    }
    return candle | changes


def candle_row(symbol: Symbol, *, number: int) -> dict[str, Any]:
    """Return the values of the daily candle that opens `number` days after the first."""
    price = number + 1
    return {
        "symbol_id": symbol.id,
        "interval": "1d",
        "open_time": FIRST_DAY + timedelta(days=number),
        "open": price,
        "high": price,
        "low": price,
        "close": price,
        "volume": number,
    }


def alert_json(**changes: Any) -> dict[str, Any]:
    """Return a valid alert for a creation, with changes."""
    return {"symbol": "AAPL", "condition": "price_above", "threshold": "187.25"} | changes


def code_of(response: Response) -> tuple[int, str]:
    """Return the status and the error code of a response."""
    return response.status_code, response.json()["error"]["code"]


def if_match(response: Response) -> dict[str, str]:
    """Return the headers of a change to the version in a response."""
    return {"If-Match": response.headers["etag"]}
