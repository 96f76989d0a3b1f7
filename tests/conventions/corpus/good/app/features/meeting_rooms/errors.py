"""Errors of reservations."""

from app.core.errors import BadRequest, Conflict, NotFound


class MeetingRoomNotFound(NotFound):
    """No room has this id."""

    code = "meeting_room_not_found"
    message = "There is no meeting room with this id."


class ReservationNotFound(NotFound):
    """The user has no reservation with this id."""

    code = "room_reservation_not_found"
    message = "You have no reservation with this id."


class RoomTaken(Conflict):
    """Another reservation overlaps with the time."""

    code = "meeting_room_taken"
    message = "The room is reserved at this time. Choose another room or time."


class ReservationSettled(Conflict):
    """The state does not allow the change."""

    code = "room_reservation_settled"
    message = "A reservation in this state cannot be changed in this way."


class EmptyStay(BadRequest):
    """The reservation ends before it starts, or is longer than a day."""

    code = "room_reservation_empty"
    message = "Send a start before the end, at most a day apart."
