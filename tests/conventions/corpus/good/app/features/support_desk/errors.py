"""Errors of the support desk."""

from app.core.errors import Conflict, NotFound


class TicketNotFound(NotFound):
    """There is no ticket with this id, or the user may not see it."""

    code = "support_ticket_not_found"
    message = "You have no ticket with this id."


class TicketClosed(Conflict):
    """A closed ticket takes no replies."""

    code = "support_ticket_closed"
    message = "The ticket is closed. Open a new one."
