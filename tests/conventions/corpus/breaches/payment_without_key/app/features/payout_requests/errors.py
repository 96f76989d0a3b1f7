"""Errors of requests for payouts.

NotFound
└─ PayoutNotFound        404
Conflict
└─ WalletTooSmall        409
"""

from app.core.errors import Conflict, NotFound


class PayoutNotFound(NotFound):
    """The user has no payout with this id."""

    code = "payout_not_found"
    message = "You have no payout with this id."


class WalletTooSmall(Conflict):
    """The wallet holds less than the payout."""

    code = "wallet_too_small"
    message = "Your wallet holds less than that. Ask for a smaller payout."
