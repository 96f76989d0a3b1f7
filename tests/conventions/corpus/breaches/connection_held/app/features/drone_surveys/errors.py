"""Errors of drone surveys."""

from app.core.errors import NotFound


class FlightNotFound(NotFound):
    """The user has no flight with this id."""

    code = "flight_not_found"
    message = "You have no flight with this id."
