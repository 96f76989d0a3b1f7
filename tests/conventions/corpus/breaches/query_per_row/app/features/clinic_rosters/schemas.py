"""Request and response models of rosters."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import MAX_BATCH_SIZE, RequestModel, ResponseModel

Badge = Annotated[str, StringConstraints(min_length=1, max_length=20)]


class RosterIn(RequestModel):
    """The nurses of a ward on one day, by their badges."""

    day: date = Field(examples=["2026-02-01"])
    badges: list[Badge] = Field(max_length=MAX_BATCH_SIZE, examples=[["N-1041", "N-2210"]])


class RosterOut(ResponseModel):
    """A roster that was stored."""

    ward_id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    names: list[str] = Field(examples=[["Ada Byron"]])
