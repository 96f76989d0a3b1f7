"""Services of reservations."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app.accounts.owned import OwnerSession
from app.core.api import ExpectedVersions, Page, paginate
from app.core.errors import PreconditionFailed
from app.features.meeting_rooms.errors import (
    EmptyStay,
    MeetingRoomNotFound,
    ReservationNotFound,
    ReservationSettled,
    RoomTaken,
)
from app.features.meeting_rooms.models import MeetingRoom, ReservationState, RoomReservation
from app.features.meeting_rooms.schemas import ReservationIn, ReservationQuery

LONGEST = timedelta(days=1)
OVERLAP = "room_reservations_never_overlap"


async def list_reservations(
    session: OwnerSession, query: ReservationQuery, *, owner_id: UUID
) -> Page[RoomReservation]:
    """Return one page of the user's reservations, each with its room."""
    statement = select(RoomReservation).options(joinedload(RoomReservation.room))
    return await paginate(session, statement, query, scope=str(owner_id))


async def reserve(session: OwnerSession, room_id: UUID, new: ReservationIn) -> RoomReservation:
    """Reserve a room; the constraint of the table decides between overlapping requests.

    Raises:
        EmptyStay: The times are in the wrong order, or too far apart.
        MeetingRoomNotFound: There is no such room.
        RoomTaken: Another reservation overlaps.
    """
    if not timedelta() < new.ends_at - new.starts_at <= LONGEST:
        raise EmptyStay
    room = await session.get(MeetingRoom, room_id)
    if room is None:
        raise MeetingRoomNotFound
    reservation = RoomReservation(room=room, starts_at=new.starts_at, ends_at=new.ends_at)
    session.add(reservation)
    try:
        await session.flush()
    except IntegrityError as error:
        if OVERLAP in str(error.orig):
            raise RoomTaken from error
        raise
    return reservation


async def move_on(
    session: OwnerSession,
    reservation_id: UUID,
    state: ReservationState,
    *,
    expected: ExpectedVersions,
) -> RoomReservation:
    """Change the state of a reservation that stays locked until the commit.

    Raises:
        PreconditionFailed: It has another version.
        ReservationNotFound: The user has no such reservation.
        ReservationSettled: The state does not allow it.
    """
    locked = (
        select(RoomReservation)
        .where(RoomReservation.id == reservation_id)
        .options(joinedload(RoomReservation.room, innerjoin=True))
        .with_for_update(of=RoomReservation)
    )
    reservation: RoomReservation | None = await session.scalar(locked)
    if reservation is None:
        raise ReservationNotFound
    if expected.numbers is not None and reservation.version not in expected.numbers:
        raise PreconditionFailed
    if state not in ReservationState(reservation.state).next_states:
        raise ReservationSettled
    reservation.state = state
    reservation.version += 1
    await session.flush()
    return reservation
