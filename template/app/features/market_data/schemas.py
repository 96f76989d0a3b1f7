"""Request and response models of symbols and candles."""

import re
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    MISSING,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from app.core.api import (
    BatchIds,
    Filter,
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
    ShortText,
    UtcDatetime,
)
from app.features.market_data.intervals import Interval
from app.features.market_data.models import Candle, Symbol

MAX_IMPORT_SIZE = 1000
_PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def _require_plain_decimal(value: object) -> object:
    if isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value):
        return value
    message = 'send it as a string of plain digits, such as "187.25"'
    raise ValueError(message)


Ticker = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-]{0,15}$", to_upper=True),
    Field(description="Case-insensitive.", examples=["AAPL"]),
]
Currency = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True),
    Field(description="An ISO 4217 code.", examples=["USD"]),
]
Price = Annotated[
    Decimal,
    Field(max_digits=20, decimal_places=8),
    BeforeValidator(_require_plain_decimal),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,8})?$"}),
]
Volume = Annotated[
    Decimal,
    Field(max_digits=28, decimal_places=8),
    BeforeValidator(_require_plain_decimal),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,20}(\.[0-9]{1,8})?$"}),
]
# Both are strings in JSON, where a number would lose digits, and fit their columns.


def _format_decimal(value: Decimal) -> str:
    return f"{value:f}"


DecimalOut = Annotated[Decimal, PlainSerializer(_format_decimal)]
"""A decimal as a string of plain digits, never in the form 1E-8."""


class SymbolQuery(ListQuery):
    """Filters and order of a list of symbols."""

    sort: Annotated[
        Literal["ticker", "-ticker", "created_at", "-created_at"],
        Orders(ticker=[Symbol.ticker], created_at=[Symbol.created_at, Symbol.id]),
    ] = Field(default="ticker", description="`-` sorts descending.", examples=["-created_at"])
    currency: Annotated[Currency | None, Filter(Symbol.currency.__eq__)] = None
    created_since: Annotated[UtcDatetime | None, Filter(Symbol.created_at.__ge__)] = Field(
        default=None, examples=["2026-01-31T12:00:00Z"]
    )


class SymbolIn(RequestModel):
    """A new symbol."""

    ticker: Ticker
    name: ShortText = Field(examples=["Apple Inc."])
    currency: Currency


class SymbolPatch(RequestModel):
    """Changes to a symbol; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: ShortText | MISSING = Field(default=MISSING, examples=["Apple Inc."])
    currency: Currency | MISSING = MISSING

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            message = "send at least one of name and currency"
            raise ValueError(message)
        return self


class SymbolOut(ResponseModel):
    """A traded instrument."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    ticker: str = Field(examples=["AAPL"])
    name: str = Field(examples=["Apple Inc."])
    currency: str = Field(examples=["USD"])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class CandleRange(RequestModel):
    """A time range of candles, and their order."""

    interval: Annotated[Interval, Filter(Candle.interval.__eq__)] = Field(
        default=Interval.ONE_DAY, description="The time span of each candle.", examples=["1d"]
    )
    start: Annotated[UtcDatetime | None, Filter(Candle.open_time.__ge__)] = Field(
        default=None,
        description="The earliest open time, inclusive.",
        examples=["2013-01-01T00:00:00Z"],
    )
    end: Annotated[UtcDatetime | None, Filter(Candle.open_time.__lt__)] = Field(
        default=None,
        description="The latest open time, exclusive.",
        examples=["2014-01-01T00:00:00Z"],
    )
    sort: Annotated[Literal["open_time", "-open_time"], Orders(open_time=[Candle.open_time])] = (
        Field(default="open_time", description="`-` sorts newest first.", examples=["open_time"])
    )


class CandleQuery(CandleRange, ListQuery):
    """Filters and order of a list of candles of one symbol."""


class CandleBatchQuery(CandleRange):
    """A query for the candles of many symbols."""

    symbols: BatchIds[Ticker]
    limit: int = Field(
        default=100,
        ge=1,
        le=100,
        description="The maximum number of candles for each symbol.",
        examples=[100],
    )

    def per_symbol(self) -> CandleQuery:
        """Return the query that lists the candles of one of the symbols."""
        return CandleQuery(**self.model_dump(exclude={"symbols"}))


class CandleOut(ResponseModel):
    """The prices and the volume of a symbol over one interval."""

    open_time: datetime = Field(examples=["2013-01-02T00:00:00Z"])
    open: DecimalOut = Field(examples=["553.82000000"])
    high: DecimalOut = Field(examples=["555.00000000"])
    low: DecimalOut = Field(examples=["541.63000000"])
    close: DecimalOut = Field(examples=["549.03000000"])
    volume: DecimalOut = Field(examples=["20018500.00000000"])


class SymbolCandlesOut(ResponseModel):
    """The candles of one of the queried symbols."""

    symbol: str = Field(examples=["AAPL"])
    candles: list[CandleOut]
    next_cursor: str | None = Field(
        description="The cursor of the next page at GET /symbols/{ticker}/candles with the same "
        "interval, start, end and sort; null on the last page.",
        examples=["WyJBQVBMIl0.5c1d4f0a9b3e7c2d"],
    )


class CandleIn(RequestModel):
    """A candle to store."""

    symbol: Ticker
    interval: Interval = Field(examples=["1d"])
    open_time: UtcDatetime = Field(examples=["2013-01-02T00:00:00Z"])
    open: Price = Field(examples=["553.82"])
    high: Price = Field(examples=["555.00"])
    low: Price = Field(examples=["541.63"])
    close: Price = Field(examples=["549.03"])
    volume: Volume = Field(examples=["20018500"])

    @cached_property
    def key(self) -> str:
        """The identifier of the candle, such as `AAPL/1d/2013-01-02T00:00:00Z`."""
        open_time = self.open_time.isoformat().replace("+00:00", "Z")
        return f"{self.symbol}/{self.interval}/{open_time}"


class CandleImport(RequestModel):
    """Candles to store, of any symbols and intervals."""

    candles: list[CandleIn] = Field(min_length=1, max_length=MAX_IMPORT_SIZE)


class ImportedCandleOut(ResponseModel):
    """A candle that the database holds as it was sent."""

    id: str = Field(examples=["AAPL/1d/2013-01-02T00:00:00Z"])
    outcome: Literal["stored", "unchanged"] = Field(
        description="`unchanged` if the same candle was stored before.", examples=["stored"]
    )


class MarketSummaryOut(ResponseModel):
    """A summary of the newest daily candle of every symbol."""

    symbols: int = Field(description="The number of symbols with a daily candle.", examples=[120])
    rising: int = Field(description="Symbols that closed above their open.", examples=[70])
    falling: int = Field(description="Symbols that closed below their open.", examples=[45])
    newest: datetime | None = Field(
        description="The newest open time; null if there are no daily candles.",
        examples=["2013-01-02T00:00:00Z"],
    )
