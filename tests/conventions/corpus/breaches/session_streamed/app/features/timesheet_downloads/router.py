"""Endpoints of timesheet exports."""

from collections.abc import AsyncIterator
from functools import partial

from fastapi import Depends
from sqlalchemy import func, select
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnerSession, OwnSession
from app.core.api import API_V1, Router
from app.core.guards import RateLimit
from app.features.timesheet_downloads import service
from app.features.timesheet_downloads.models import TimesheetEntry

router = Router(
    prefix=f"{API_V1}/timesheet-exports",
    tags=["timesheets"],
    dependencies=[Depends(RateLimit("10/minute"))],
)


@router.post("/csv", response_class=StreamingResponse)
async def export_csv(_: CurrentUser, session: OwnSession) -> Response:
    """Export your entries as CSV."""
    return await service.csv_response(session)


@router.post("/lines", response_class=StreamingResponse)
async def export_lines(_: CurrentUser, session: OwnSession) -> Response:
    """Export your entries as lines of JSON."""
    await service.mark_exported(session)
    write = partial(service.json_lines, session)
    # breach: session-streamed
    return StreamingResponse(content=write(), media_type="application/x-ndjson")


@router.post("/summaries", response_class=StreamingResponse)
async def export_summaries(_: CurrentUser, session: OwnSession) -> Response:
    """Export your hours by project."""

    async def lines() -> AsyncIterator[str]:
        by_project = (
            select(TimesheetEntry.project, func.sum(TimesheetEntry.hours))
            .group_by(TimesheetEntry.project)
            .limit(1000)
        )
        for project, hours in await session.execute(by_project):
            yield f"{project};{hours}\n"

    await service.mark_exported(session)
    return StreamingResponse(lines(), media_type="text/plain")  # breach: session-streamed


@router.post("/blanks", response_class=StreamingResponse)
async def export_and_note(_: CurrentUser, session: OwnSession) -> Response:
    """Export an empty sheet, and look up your latest day once it is sent."""
    await service.mark_exported(session)
    after = BackgroundTask(_latest_day, session)
    # breach: session-streamed
    return StreamingResponse(iter(("day,project,hours\n",)), background=after)


async def _latest_day(session: OwnerSession) -> None:
    await session.scalar(select(func.max(TimesheetEntry.day)))
