"""Endpoints of fuel reports."""

from typing import Annotated

from fastapi import Query

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.features.fuel_reports.schemas import FuelReport, ReportQuery
from app.features.fuel_reports.service import Reports

router = Router(prefix=f"{API_V1}/fuel-reports", tags=["fuel"])


@router.get("", response_model=Envelope[FuelReport], responses=errors(InsufficientRole))
async def read_fuel_report(
    _: Admin, reports: Reports, query: Annotated[ReportQuery, Query()]
) -> DataResponse[FuelReport]:
    """Return what the vehicles of a depot have used. Administrators only."""
    return DataResponse(await reports.report(query))
