"""Errors of requests for tickets.

NotFound
└─ TicketNotFound        404
Conflict
└─ TicketClosed          409
"""

from app.core.errors import Conflict, NotFound


class TicketNotFound(NotFound):
    """There is no ticket with this id, or it is another customer's."""

    code = "support_ticket_not_found"
    message = "You have no ticket with this id."


class TicketClosed(Conflict):
    """The ticket is closed already."""

    code = "support_ticket_closed"
    message = "The ticket is closed already."
