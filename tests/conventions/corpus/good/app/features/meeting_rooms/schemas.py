"""Request and response models of reservations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import Filter, ListQuery, Orders, RequestModel, ResponseModel, UtcDatetime
from app.features.meeting_rooms.models import ReservationState, RoomReservation

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_TIME = "2026-01-31T12:00:00Z"


class ReservationQuery(ListQuery):
    """Filters and order of reservations."""

    sort: Annotated[
        Literal["starts_at", "-starts_at"],
        Orders(starts_at=[RoomReservation.starts_at, RoomReservation.id]),
    ] = Field(default="starts_at", description="`-` sorts latest first.", examples=["starts_at"])
    since: Annotated[UtcDatetime | None, Filter(RoomReservation.starts_at.__ge__)] = Field(
        default=None, examples=[_TIME]
    )


class ReservationIn(RequestModel):
    """A time to reserve a room for."""

    starts_at: UtcDatetime = Field(examples=[_TIME])
    ends_at: UtcDatetime = Field(examples=["2026-01-31T13:30:00Z"])


class ReservationPatch(RequestModel):
    """The next state of a reservation."""

    state: ReservationState = Field(examples=["confirmed"])


class ReservationOut(ResponseModel):
    """A reservation of a room."""

    id: UUID = Field(examples=[_ID])
    room_id: UUID = Field(examples=[_ID])
    room_name: str = Field(examples=["Matterhorn"])
    state: str = Field(examples=["confirmed"])
    starts_at: datetime = Field(examples=[_TIME])
    ends_at: datetime = Field(examples=["2026-01-31T13:30:00Z"])
    version: int = Field(examples=[1])
