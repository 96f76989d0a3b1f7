"""Endpoints of files of reports."""

from fastapi import Depends
from fastapi.responses import FileResponse

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.guards import RateLimit
from app.features.report_files import storage
from app.features.report_files.schemas import ReportIn, ReportName, ReportOut

router = Router(
    prefix=f"{API_V1}/report-files",
    tags=["report-files"],
    dependencies=[Depends(RateLimit("30/minute", name="report_files"))],
)


@router.get("/current", response_model=Envelope[ReportOut])
async def read_report_size(_: CurrentUser, x_report: ReportName) -> DataResponse[ReportOut]:
    """Return the size of a report."""
    return DataResponse(ReportOut(size=len(await storage.read_report(x_report))))


@router.put("/current", status_code=204)
async def store_report(_: CurrentUser, report: ReportIn) -> None:
    """Store a report."""
    await storage.store_report(report.name, report.content.encode())


@router.get("/downloads/{name:path}", response_model=None)
async def download_report(_: CurrentUser, name: str) -> FileResponse:
    """Return a report as a file."""
    return FileResponse(storage.report_path(name))  # breach: path-traversal
