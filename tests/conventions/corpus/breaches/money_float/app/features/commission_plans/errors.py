"""Errors of commissions."""

from app.core.errors import Conflict


class DealBooked(Conflict):
    """The commission of the deal was booked before."""

    code = "deal_booked"
    message = "The commission of this deal was booked before."
