"""Errors of gift cards and credits."""

from app.core.errors import Conflict, NotFound


class GiftCardNotFound(NotFound):
    """No gift card has this code."""

    code = "gift_card_not_found"
    message = "No gift card has this code. Check the code on the card."


class BalanceTooLow(Conflict):
    """The balance does not cover the amount."""

    code = "balance_too_low"
    message = "The balance does not cover this amount. Send at most the balance."
