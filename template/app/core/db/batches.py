"""Long results, read in batches: no connection waits for a client that downloads slowly.

    @router.get("/export")
    async def export_notes(user: AuthenticatedUser) -> StreamingResponse:
        notes = read_in_batches(select(Note).where(Note.user_id == user.id), key=Note.id)
        return StreamingResponse((csv_line(note) async for note in notes), media_type="text/csv")

The session of a request is closed before the response is sent, so the body cannot use it.
"""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db.session import ReadSessionLocal

BATCH_SIZE = 1000
Row = TypeVar("Row")


async def read_in_batches(
    statement: Select[Row], *, key: InstrumentedAttribute[Any], size: int = BATCH_SIZE
) -> AsyncIterator[Row]:
    """Yield the rows of a statement in the order of a key, each batch from a session of its own.

    Rows that are written meanwhile appear if their key comes later than the last one read.

    Args:
        statement: Selects one model, without an order.
        key: A unique column of the model that is never null, such as its id.
        size: The rows of a batch.
    """
    page = statement.order_by(key).limit(size)
    rows: list[Row] = []
    while True:
        rest = page.where(key > getattr(rows[-1], key.key)) if rows else page
        async with ReadSessionLocal() as session:
            rows = list(await session.scalars(rest))
        for row in rows:
            yield row
        if len(rows) < size:
            return
