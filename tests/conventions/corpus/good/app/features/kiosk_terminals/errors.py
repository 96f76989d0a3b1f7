"""Errors of kiosks."""

from app.core.errors import Conflict, Forbidden, NotFound


class KioskNotFound(NotFound):
    """The user has no kiosk with this id."""

    code = "kiosk_not_found"
    message = "You have no kiosk with this id."


class PinRefused(Forbidden):
    """The PIN is wrong, has expired, or was used."""

    code = "kiosk_pin_refused"
    message = "The PIN is not valid, or not any more. Create a new one."


class KioskPaired(Conflict):
    """The kiosk is paired."""

    code = "kiosk_paired"
    message = "The kiosk is paired already."
