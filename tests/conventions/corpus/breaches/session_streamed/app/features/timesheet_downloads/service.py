"""Services of timesheet exports."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select, update
from starlette.responses import StreamingResponse

from app.accounts.owned import OwnerSession
from app.features.timesheet_downloads.models import TimesheetEntry

ENTRIES: Select[date, str, Decimal] = select(
    TimesheetEntry.day, TimesheetEntry.project, TimesheetEntry.hours
).order_by(TimesheetEntry.id)


async def mark_exported(session: OwnerSession) -> None:
    """Mark the entries that were not exported before."""
    await session.execute(
        update(TimesheetEntry)
        .where(TimesheetEntry.exported_at.is_(None))
        .values(exported_at=func.now())
    )


class CsvDownload:
    """Writes the entries of a user as CSV."""

    def __init__(self, session: OwnerSession, statement: Select[date, str, Decimal]) -> None:
        """Take the session of the request, and the entries to write."""
        self._session = session
        self._statement = statement

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield the file line by line."""
        yield "day,project,hours\n"
        rows = await self._session.stream(self._statement.limit(100_000))
        async for row in rows:
            yield f"{row.day},{row.project},{row.hours}\n"


async def csv_response(session: OwnerSession) -> StreamingResponse:
    """Mark the entries, and return the response with the CSV file."""
    await mark_exported(session)
    body = CsvDownload(session, ENTRIES)
    return StreamingResponse(body, media_type="text/csv")  # breach: session-streamed


async def json_lines(session: OwnerSession) -> AsyncIterator[bytes]:
    """Yield the entries as lines of JSON."""
    last = None
    while True:
        page = select(TimesheetEntry).order_by(TimesheetEntry.id).limit(500)
        if last is not None:
            page = page.where(TimesheetEntry.id > last)
        entries = (await session.scalars(page)).all()
        for entry in entries:
            yield f'{{"day": "{entry.day}", "hours": {entry.hours}}}\n'.encode()
        if len(entries) < 500:
            return
        last = entries[-1].id
