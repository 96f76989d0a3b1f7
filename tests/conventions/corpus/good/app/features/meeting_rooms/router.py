"""Endpoints of reservations."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    IF_MATCH_ERRORS,
    DataResponse,
    Envelope,
    IfMatch,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    make_etag,
    with_etag,
    with_location,
)
from app.features.meeting_rooms import reservations
from app.features.meeting_rooms.errors import (
    EmptyStay,
    MeetingRoomNotFound,
    ReservationNotFound,
    ReservationSettled,
    RoomTaken,
)
from app.features.meeting_rooms.models import RoomReservation
from app.features.meeting_rooms.schemas import (
    ReservationIn,
    ReservationOut,
    ReservationPatch,
    ReservationQuery,
)

router = Router(prefix=API_V1, tags=["meeting rooms"])


@router.get(
    "/room-reservations",
    response_model=PageEnvelope[ReservationOut],
    responses=errors(InvalidCursor),
)
async def list_room_reservations(
    user: CurrentUser, session: OwnReadSession, query: Annotated[ReservationQuery, Query()]
) -> Page[RoomReservation]:
    """List your reservations in the order of their start."""
    return await reservations.list_reservations(session, query, owner_id=user.id)


@router.post(
    "/meeting-rooms/{room_id}/reservations",
    response_model=Envelope[ReservationOut],
    status_code=201,
    responses=with_etag(with_location(EmptyStay, MeetingRoomNotFound, RoomTaken), status=201),
)
async def reserve_meeting_room(
    session: OwnSession, room_id: UUID, new: ReservationIn, response: Response
) -> DataResponse[RoomReservation]:
    """Reserve a room. A second request for the same time is refused, so a retry is safe."""
    reservation = await reservations.reserve(session, room_id, new)
    response.headers["Location"] = f"{API_V1}/room-reservations/{reservation.id}"
    response.headers["ETag"] = make_etag(reservation.version)
    return DataResponse(reservation)


@router.patch(
    "/room-reservations/{reservation_id}",
    response_model=Envelope[ReservationOut],
    responses=with_etag(errors(ReservationNotFound, ReservationSettled, *IF_MATCH_ERRORS)),
)
async def change_room_reservation(
    session: OwnSession,
    reservation_id: UUID,
    change: ReservationPatch,
    expected: IfMatch,
    response: Response,
) -> DataResponse[RoomReservation]:
    """Confirm, check in or cancel a reservation."""
    reservation = await reservations.move_on(
        session, reservation_id, change.state, expected=expected
    )
    response.headers["ETag"] = make_etag(reservation.version)
    return DataResponse(reservation)
