"""Errors of auctions."""

from app.core.errors import Conflict, NotFound


class LotNotFound(NotFound):
    """No lot has this id."""

    code = "lot_not_found"
    message = "No lot has this id."


class BidTooLow(Conflict):
    """The lot takes no bids, or has a higher one."""

    code = "bid_too_low"
    message = "The lot takes no bids, or has a higher one. Read it again."
