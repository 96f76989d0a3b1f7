"""Rows of an export, read in batches: no connection waits for a client that downloads slowly."""

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from uuid import UUID

import orjson
from sqlalchemy import Row, select, tuple_

from app.accounts.owned import limit_to_owner, owned_by
from app.core.db import ReadSessionLocal
from app.core.db.batches import read_in_batches
from app.features.revenue_exports.models import BookedSale

BATCH_SIZE = 500
HEADER = ("booked_on", "product", "customer_number", "net", "tax")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

SaleRow = Row[UUID, date, str, str, Decimal, Decimal]
_SALES = select(
    BookedSale.id,
    BookedSale.booked_on,
    BookedSale.product,
    BookedSale.customer_number,
    BookedSale.net,
    BookedSale.tax,
)


async def stream_csv(owner_id: UUID) -> AsyncIterator[str]:
    """Yield the lines of a CSV file, a batch at a time, each from a session of its own."""
    yield _csv_lines([HEADER])
    last: tuple[date, UUID] | None = None
    while True:
        rows = await _next_batch(owner_id, after=last)
        if rows:
            yield _csv_lines(_cells(row) for row in rows)
            last = rows[-1].booked_on, rows[-1].id
        if len(rows) < BATCH_SIZE:
            return


async def stream_json_lines(owner_id: UUID) -> AsyncIterator[bytes]:
    """Yield one JSON object a line."""
    statement = select(BookedSale).options(owned_by(owner_id))
    async for sale in read_in_batches(statement, key=BookedSale.id, size=BATCH_SIZE):
        fields = {"booked_on": sale.booked_on, "net": f"{sale.net:f}", "tax": f"{sale.tax:f}"}
        yield orjson.dumps({"product": sale.product, **fields}, option=orjson.OPT_APPEND_NEWLINE)


async def _next_batch(owner_id: UUID, *, after: tuple[date, UUID] | None) -> Sequence[SaleRow]:
    batch = _SALES.order_by(BookedSale.booked_on, BookedSale.id).limit(BATCH_SIZE)
    if after is not None:
        batch = batch.where(tuple_(BookedSale.booked_on, BookedSale.id) > tuple_(*after))
    async with ReadSessionLocal() as session:
        own = limit_to_owner(session, owner_id)
        return (await own.execute(batch)).all()


def _cells(row: SaleRow) -> tuple[str, ...]:
    return (
        row.booked_on.isoformat(),
        _plain(row.product),
        _plain(row.customer_number),
        f"{row.net:f}",
        f"{row.tax:f}",
    )


def _plain(text: str) -> str:
    """Return a text that a spreadsheet does not run as a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _csv_lines(rows: Iterable[Sequence[str]]) -> str:
    lines = StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()
