"""The newest candles of many symbols by hand: one statement, and JSON without response models.

The same guarantees as the route of the service: checked and bounded input, a limit, unknown symbols
among the failures, a signed cursor for each symbol.
"""

import hmac
from base64 import urlsafe_b64encode
from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from by_hand import SECRET_KEY, app, count, dressed, engine, host_of
from fastapi import Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import ARRAY, String, bindparam, text

__all__ = ["dressed"]

NEWEST = text(
    "SELECT s.ticker, c.open_time, c.open::text, c.high::text, c.low::text, c.close::text,"
    " c.volume::text FROM symbols s JOIN LATERAL (SELECT * FROM candles WHERE symbol_id = s.id"
    " AND interval = :interval ORDER BY open_time DESC LIMIT :most) c ON true"
    " WHERE s.ticker = ANY(:tickers) ORDER BY c.open_time DESC"
).bindparams(bindparam("tickers", type_=ARRAY(String)))
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")


class Query(BaseModel):
    """The query of the service, with the parameters that the benchmark sends."""

    symbols: Annotated[
        list[
            Annotated[
                str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-]{0,15}$", to_upper=True)
            ]
        ],
        Field(min_length=1, max_length=100),
    ]
    interval: Literal["1m", "5m", "15m", "1h", "4h", "1d", "1w"] = "1d"
    limit: Annotated[int, Field(ge=1, le=100)] = 100
    sort: Literal["-open_time"]


@app.post("/candle-queries")
async def query_candles(query: Query, request: Request) -> Response:
    """Return the newest candles of each symbol."""
    request.state.left = await count(host_of(request))
    values = {"tickers": query.symbols, "interval": query.interval, "most": query.limit + 1}
    candles = defaultdict[str, list[dict[str, Any]]](list)
    async with engine.connect() as connection:
        for ticker, *values_of_row in await connection.execute(NEWEST, values):
            candles[ticker].append(dict(zip(COLUMNS, values_of_row, strict=True)))
    found = [page(ticker, candles[ticker], query) for ticker in query.symbols if ticker in candles]
    failed = [failure(ticker) for ticker in query.symbols if ticker not in candles]
    meta = {"succeeded": len(found), "failed": len(failed)}
    body = {"data": {"succeeded": found, "failed": failed}, "meta": meta}
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")


def page(ticker: str, candles: list[dict[str, Any]], query: Query) -> dict[str, Any]:
    """Return the candles of a symbol, with a signed cursor if there are more."""
    rows = candles[: query.limit]
    following = cursor(ticker, rows[-1]["open_time"], query) if len(candles) > len(rows) else None
    return {"symbol": ticker, "candles": rows, "next_cursor": following}


def cursor(ticker: str, open_time: datetime, query: Query) -> str:
    """Return the position after a candle, signed for its list."""
    purpose = f"{ticker}:{query.interval}:{query.sort}".encode()
    value = urlsafe_b64encode(open_time.astimezone(UTC).isoformat().encode())
    key = hmac.digest(SECRET_KEY.encode(), purpose, "sha256")
    return b".".join([value, urlsafe_b64encode(hmac.digest(key, value, "sha256"))]).decode()


def failure(ticker: str) -> dict[str, str]:
    """Return the failure of a symbol without candles."""
    return {"id": ticker, "code": "symbol_not_found", "message": "The symbol does not exist."}
