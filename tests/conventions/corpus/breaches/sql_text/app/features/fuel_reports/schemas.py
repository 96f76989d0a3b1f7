"""Request and response models of fuel reports."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.api import RequestModel, ResponseModel, ShortText

DepotCode = Annotated[str, StringConstraints(min_length=1, max_length=12)]


class ReportQuery(RequestModel):
    """The subject of a report."""

    depot: DepotCode = Field(examples=["LX-02"])
    group_by: ShortText = Field(default="depot", examples=["driver"])
    having: ShortText | None = Field(default=None, examples=["sum(litres) > 500"])


class ReportRow(ResponseModel):
    """A line of a report."""

    name: str = Field(examples=["LX-02"])
    litres: Decimal = Field(examples=["812.50"])


class FuelReport(ResponseModel):
    """The lines of a report, the largest first."""

    rows: list[ReportRow]
