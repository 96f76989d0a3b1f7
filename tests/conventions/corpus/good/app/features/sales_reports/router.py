"""Endpoints of reports."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Self

from fastapi import Depends, Query
from pydantic import Field, PlainSerializer, model_validator

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    UtcDatetime,
    errors,
)
from app.core.db import ReadSession
from app.core.guards import RateLimit
from app.features.sales_reports import reports
from app.features.sales_reports.reports import Grouping, ReportOrder, SalesReport

LONGEST = timedelta(days=366)
MoneyOut = Annotated[Decimal, PlainSerializer("{:f}".format)]

router = Router(
    prefix=f"{API_V1}/sales-reports",
    tags=["sales"],
    dependencies=[Depends(RateLimit("20/minute", name="sales_reports"))],
)


class ReportQuery(RequestModel):
    """The time and the form of a report."""

    start: UtcDatetime = Field(examples=["2026-01-01T00:00:00Z"])
    end: UtcDatetime = Field(examples=["2026-02-01T00:00:00Z"])
    grouping: Grouping = Field(default=Grouping.REGION, examples=["region"])
    order: ReportOrder = Field(default=ReportOrder.SUM, examples=["sum"])

    @model_validator(mode="after")
    def _bound_time(self) -> Self:
        if not timedelta() < self.end - self.start <= LONGEST:
            message = "send a start before the end, at most a year apart"
            raise ValueError(message)
        return self


class SalesSumOut(ResponseModel):
    """The sum of one group."""

    name: str = Field(examples=["north"])
    net: MoneyOut = Field(examples=["12500.00"])
    orders: int = Field(examples=[118])
    newest: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class SalesReportOut(ResponseModel):
    """The groups of a report, at most 500."""

    grouping: Grouping = Field(examples=["region"])
    rows: list[SalesSumOut]


@router.get("/sums", response_model=Envelope[SalesReportOut], responses=errors(InsufficientRole))
async def read_sales_sums(
    _: Admin, session: ReadSession, query: Annotated[ReportQuery, Query()]
) -> DataResponse[SalesReport]:
    """Return the sums of a time by region, channel or currency. Administrators only."""
    report = await reports.sum_sales(
        session, query.start, query.end, grouping=query.grouping, order=query.order
    )
    return DataResponse(report)
