"""Errors of team spaces."""

from app.core.errors import Conflict


class SubdomainTaken(Conflict):
    """Another space has this subdomain."""

    code = "subdomain_taken"
    message = "Another space has this subdomain. Choose another one."


class NoSeatLeft(Conflict):
    """All seats of the space are taken."""

    code = "no_seat_left"
    message = "All seats of this space are taken. Add seats, or remove a member."
