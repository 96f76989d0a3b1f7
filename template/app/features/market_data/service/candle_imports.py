"""Services that store candles: the valid ones of a request, with an error for each other."""

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
from app.features.market_data.service.symbols import lock_symbols

VALUES = ("open", "high", "low", "close", "volume")

CandleKey = tuple[UUID, str, datetime]


@dataclass(frozen=True, slots=True)
class ImportedCandle:
    """A candle that the database holds as it was sent."""

    id: str
    outcome: Literal["stored", "unchanged"]


async def import_candles(
    session: AsyncSession, candles: Sequence[CandleIn]
) -> Batch[ImportedCandle]:
    """Store the valid candles, in two statements for any number of candles.

    An existing candle is replaced. An invalid one fails alone; the others are stored.
    """
    symbols = await lock_symbols(session, {candle.symbol for candle in candles})
    counts = Counter(candle.key for candle in candles)
    valid: dict[CandleKey, CandleIn] = {}
    failed: list[BatchFailure] = []
    for candle in candles:
        error = check_candle(candle)
        if candle.symbol not in symbols:
            error = SymbolNotFound()
        elif counts[candle.key] > 1:
            error = DuplicateCandle()
        if error:
            failed.append(batch_failure(candle.key, error))
        else:
            valid[symbols[candle.symbol].id, candle.interval, candle.open_time] = candle
    stored = await _store(session, valid)
    return Batch([_imported(candle, stored=key in stored) for key, candle in valid.items()], failed)


def check_candle(candle: CandleIn) -> AppError | None:
    """Return the error of a candle that is invalid in itself, or `None`."""
    if not candle.interval.is_start(candle.open_time):
        return MisalignedCandle()
    if not 0 < candle.low <= min(candle.open, candle.close):
        return InconsistentCandle()
    if candle.high < max(candle.open, candle.close):
        return InconsistentCandle()
    return None


def upsert_changed(statement: Insert) -> Insert:
    """Let an insert of candles replace those that differ, and skip identical ones.

    A skipped row is not written, and RETURNING omits it: the caller counts the changes.
    """
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[Candle.symbol_id, Candle.interval, Candle.open_time],
        set_={name: new[name] for name in VALUES},
        where=tuple_(*(getattr(Candle, name) for name in VALUES)).is_distinct_from(
            tuple_(*(new[name] for name in VALUES))
        ),
    )


async def _store(session: AsyncSession, candles: Mapping[CandleKey, CandleIn]) -> set[CandleKey]:
    """Return the keys of the candles that were new or different."""
    if not candles:
        return set()
    statement = upsert_changed(insert(Candle)).returning(
        Candle.symbol_id, Candle.interval, Candle.open_time
    )
    # Sorted, so that concurrent imports lock the rows in one order and never deadlock.
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
