"""Request and response models of readings."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, UtcDatetime

MAX_READINGS = 1_000
_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

Kwh = Annotated[Decimal, Field(max_digits=14, decimal_places=3)]


class ReadingIn(RequestModel):
    """The counter of one of the caller's meters."""

    meter_id: UUID = Field(examples=[_ID])
    read_at: UtcDatetime = Field(examples=["2026-01-31T12:00:00Z"])
    kwh: Kwh = Field(examples=["18234.125"])


class ReadingsIn(RequestModel):
    """Readings of one or more meters."""

    readings: list[ReadingIn] = Field(min_length=1, max_length=MAX_READINGS)


class StoredReadingsOut(ResponseModel):
    """The number of readings that were new."""

    stored: int = Field(examples=[96])
