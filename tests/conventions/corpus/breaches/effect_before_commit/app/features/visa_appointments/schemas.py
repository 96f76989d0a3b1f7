"""Request and response models of appointments."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import RequestModel, ResponseModel, UtcDatetime

Consulate = Annotated[str, StringConstraints(min_length=2, max_length=12)]


class AppointmentIn(RequestModel):
    """A new appointment."""

    consulate: Consulate = Field(examples=["LIS"])
    starts_at: UtcDatetime = Field(examples=["2026-03-01T09:00:00Z"])


class AppointmentOut(ResponseModel):
    """An appointment of the user."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    consulate: str = Field(examples=["LIS"])
    starts_at: datetime = Field(examples=["2026-03-01T09:00:00Z"])
