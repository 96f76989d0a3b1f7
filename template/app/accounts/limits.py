"""Rate limits of accounts: per client on the routes, per account in the services."""

from fastapi import Depends

from app.core.api import normalized_email
from app.core.guards import RateLimit

PASSWORD = [Depends(RateLimit("10/minute", name="passwords"))]
EMAIL = [Depends(RateLimit("10/minute", name="account_mail"))]
TOKEN = [Depends(RateLimit("10/minute", name="account_tokens"))]

_LOG_INS = RateLimit("100/hour", name="log_ins_of_account")
_EMAILS = RateLimit("5/hour", name="mail_to_address")


async def limit_log_ins_of(email: str) -> None:
    """Count an attempt to log in to an account.

    Raises:
        RateLimited: There were too many.
    """
    await _LOG_INS.count(normalized_email(email))


async def limit_emails_to(email: str) -> None:
    """Count an e-mail to an address.

    Raises:
        RateLimited: There were too many.
    """
    await _EMAILS.count(normalized_email(email))
