"""Endpoints of bookings of courts."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, Router
from app.features.court_bookings import calendar
from app.features.court_bookings.schemas import (
    CourtCheckOut,
    CourtReminderIn,
    CourtSearchIn,
    CourtSlot,
)

router = Router(prefix=f"{API_V1}/court-bookings", tags=["court-bookings"])


class CourtBookingIn(RequestModel):
    """A booking of a court."""

    slot: CourtSlot


class CourtDayQuery(RequestModel):
    """The day to look at."""

    since: datetime = Field(examples=["2026-05-01T18:00:00"])  # breach: naive-datetime


@router.post("/checks", response_model=Envelope[CourtCheckOut])
async def check_court(_: CurrentUser, booking: CourtBookingIn) -> DataResponse[CourtCheckOut]:
    """Return the hours of a booking that is not over."""
    return DataResponse(CourtCheckOut(hours=0 if calendar.is_over(booking.slot) else 1))


@router.post("/free-hours", response_model=Envelope[CourtCheckOut])
async def count_free_hours(_: CurrentUser, search: CourtSearchIn) -> DataResponse[CourtCheckOut]:
    """Return the number of free hours."""
    start, end = search.between
    return DataResponse(CourtCheckOut(hours=(end - start).seconds // 3600))


@router.post("/reminder-checks", response_model=Envelope[CourtCheckOut])
async def check_reminder(_: CurrentUser, reminder: CourtReminderIn) -> DataResponse[CourtCheckOut]:
    """Return the hour of a reminder."""
    return DataResponse(CourtCheckOut(hours=reminder.at_time.hour))


@router.get("/hours", response_model=Envelope[CourtCheckOut])
async def read_court_hours(
    _: CurrentUser, query: Annotated[CourtDayQuery, Query()]
) -> DataResponse[CourtCheckOut]:
    """Return the number of hours from the opening."""
    opened = calendar.opening(query.since.date())
    return DataResponse(CourtCheckOut(hours=(query.since - opened).seconds // 3600))
