"""Storing candles: many at once, the good ones, whatever is wrong with the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import tuple_
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Batch, BatchFailure, batch_failure
from app.core.errors import AppError
from app.features.market_data.errors import (
    DuplicateCandle,
    InconsistentCandle,
    MisalignedCandle,
    SymbolNotFound,
)
from app.features.market_data.models import Candle
from app.features.market_data.schemas import CandleIn
from app.features.market_data.service.symbols import hold_symbols

VALUES = ("open", "high", "low", "close", "volume")

CandleKey = tuple[UUID, str, datetime]


@dataclass(frozen=True, slots=True)
class ImportedCandle:
    """A candle that the database now holds as it was given."""

    id: str
    outcome: Literal["stored", "unchanged"]


async def import_candles(
    session: AsyncSession, candles: Sequence[CandleIn]
) -> Batch[ImportedCandle]:
    """Store what can be stored, in two statements whatever the number of candles.

    A candle that was there before is replaced. One that cannot be stored fails by itself.
    """
    symbols = await hold_symbols(session, {candle.symbol for candle in candles})
    times_given = Counter(candle.key for candle in candles)
    good: dict[CandleKey, CandleIn] = {}
    failed: list[BatchFailure] = []
    for candle in candles:
        fault = find_fault(candle)
        if candle.symbol not in symbols:
            fault = SymbolNotFound()
        elif times_given[candle.key] > 1:
            fault = DuplicateCandle()
        if fault:
            failed.append(batch_failure(candle.key, fault))
        else:
            good[symbols[candle.symbol].id, candle.interval, candle.open_time] = candle
    stored = await _store(session, good)
    return Batch([_imported(candle, stored=key in stored) for key, candle in good.items()], failed)


def find_fault(candle: CandleIn) -> AppError | None:
    """Return what is wrong with a candle by itself, whatever the database holds."""
    if not candle.interval.is_start(candle.open_time):
        return MisalignedCandle()
    if not 0 < candle.low <= min(candle.open, candle.close):
        return InconsistentCandle()
    if candle.high < max(candle.open, candle.close):
        return InconsistentCandle()
    return None


def replace_if_different(statement: Insert) -> Insert:
    """Let an insert of candles replace those that differ, and leave the same ones untouched."""
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[Candle.symbol_id, Candle.interval, Candle.open_time],
        set_={name: new[name] for name in VALUES},
        where=tuple_(*(getattr(Candle, name) for name in VALUES)).is_distinct_from(
            tuple_(*(new[name] for name in VALUES))
        ),
    )


async def _store(session: AsyncSession, candles: Mapping[CandleKey, CandleIn]) -> set[CandleKey]:
    """Return the keys of those that were not there yet, or differently."""
    if not candles:
        return set()
    statement = replace_if_different(insert(Candle)).returning(
        Candle.symbol_id, Candle.interval, Candle.open_time
    )
    # Sorted, so that two imports of the same candles wait for each other and never deadlock.
    rows = [_row(key, candle) for key, candle in sorted(candles.items(), key=lambda item: item[0])]
    stored = await session.execute(statement, rows)
    return {(symbol_id, interval, open_time) for symbol_id, interval, open_time in stored}


def _row(key: CandleKey, candle: CandleIn) -> dict[str, object]:
    symbol_id, interval, open_time = key
    return {
        "symbol_id": symbol_id,
        "interval": interval,
        "open_time": open_time,
        "open": candle.open,
        "high": candle.high,
        "low": candle.low,
        "close": candle.close,
        "volume": candle.volume,
    }


def _imported(candle: CandleIn, *, stored: bool) -> ImportedCandle:
    return ImportedCandle(candle.key, "stored" if stored else "unchanged")
