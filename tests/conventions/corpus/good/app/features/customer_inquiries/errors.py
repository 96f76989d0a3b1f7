"""Errors of requests for inquiries.

NotFound
└─ InquiryNotFound        404
Conflict
└─ InquiryClosed          409
"""

from app.core.errors import Conflict, NotFound


class InquiryNotFound(NotFound):
    """There is no inquiry with this id, or it is another customer's."""

    code = "inquiry_not_found"
    message = "You have no inquiry with this id."


class InquiryClosed(Conflict):
    """The inquiry is closed already."""

    code = "inquiry_closed"
    message = "The inquiry is closed already."
