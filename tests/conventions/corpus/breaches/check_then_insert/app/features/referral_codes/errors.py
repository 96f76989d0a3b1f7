"""Errors of referral codes."""

from app.core.errors import Conflict, NotFound


class NoReferralCode(NotFound):
    """The user has no code."""

    code = "no_referral_code"
    message = "You have no referral code. PUT /referral-codes/mine creates one."


class ReferralUsed(Conflict):
    """The friend has used the code before."""

    code = "referral_used"
    message = "This address has used the code before."
