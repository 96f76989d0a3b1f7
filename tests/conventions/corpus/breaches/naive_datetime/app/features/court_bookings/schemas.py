"""Request and response models of bookings of courts."""

from datetime import datetime, time
from typing import Annotated, Literal

from pydantic import Field, NaiveDatetime

from app.core.api import RequestModel, ResponseModel, UtcDatetime

Moment = Annotated[datetime, Field(description="When the court is free.")]


class CourtSlot(RequestModel):
    """A slot of a court."""

    starts_at: datetime = Field(examples=["2026-05-01T18:00:00"])  # breach: naive-datetime
    ends_at: UtcDatetime = Field(examples=["2026-05-01T19:00:00Z"])


class CourtSearchIn(RequestModel):
    """A search for a free court."""

    between: tuple[Moment, Moment] = Field(  # breach: naive-datetime
        examples=[["2026-05-01T18:00:00", "2026-05-01T19:00:00"]]
    )
    surface: Literal["clay", "grass"] = Field(examples=["clay"])


class CourtReminderIn(RequestModel):
    """A reminder of a booking."""

    # breach: naive-datetime
    remind_at: NaiveDatetime | None = Field(default=None, examples=["2026-05-01T12:00:00"])
    at_time: time = Field(examples=["18:00"])


class CourtCheckOut(ResponseModel):
    """The result of a check."""

    hours: int = Field(examples=[1])
