"""Request and response models of files of reports."""

from typing import Annotated

from fastapi import Header
from pydantic import Field

from app.core.api import RequestModel, ResponseModel

ReportName = Annotated[str, Header(max_length=200, examples=["2026-05.csv"])]


class ReportIn(RequestModel):
    """A report to store."""

    name: str = Field(max_length=200, examples=["2026-05.csv"])
    content: str = Field(max_length=100_000, examples=["day,total"])


class ReportOut(ResponseModel):
    """A stored report."""

    size: int = Field(examples=[1024])
