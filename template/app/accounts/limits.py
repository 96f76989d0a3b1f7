"""Rate limits of accounts, which a stranger cannot use to keep the owner out.

A failed log-in counts for its account and the network that it comes from, and for the account from
all networks together. The second limit does not apply to a network that the owner has logged in
from, or redeemed a link to choose a password. A successful log-in does not count.

E-mails to an address are limited for each network that asks, and for all of them together: beyond
that no other is sent, and the response is as usual, since the last link is only minutes old and
still valid. Addresses of one inbox, such as ada+a@example.com and ada+b@example.com, count as one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends

from app.accounts.errors import InvalidCredentials
from app.accounts.settings import AccountSettings
from app.core.api import normalized_email
from app.core.guards import RateLimit
from app.core.guards.rate_limit import RateLimitBackend, RateLimited, current_network
from app.core.services import get

PASSWORD = [Depends(RateLimit("10/minute", name="passwords"))]
EMAIL = [Depends(RateLimit("60/hour", name="account_mail"))]
TOKEN = [Depends(RateLimit("10/minute", name="account_tokens"))]

_FAILURES_FROM_NETWORK = RateLimit("20/hour", name="log_ins_from_network")
_FAILURES_OF_ACCOUNT = RateLimit("100/hour", name="log_ins_of_account")
_FAILURES_OF_CALLER = RateLimit("30/hour", name="failed_log_ins")
_TRUST_SECONDS = 90 * 86_400

_EMAILS_FOR_CALLER = RateLimit("5/hour", name="mail_to_address")
_EMAILS_TO_INBOX = RateLimit("5/hour", name="mail_to_inbox")
_GMAIL = ("gmail.com", "googlemail.com")


@asynccontextmanager
async def limited_log_in(email: str) -> AsyncIterator[float]:
    """Count the log-in inside the block if its credentials are invalid.

    Yields:
        The share of the queue of passwords for this caller: half of it in a network that the owner
        has not used, and less after failures.

    Raises:
        RateLimited: There were too many failures.
    """
    subject = f"{normalized_email(email)} {current_network()}"
    counted = [(_FAILURES_FROM_NETWORK, subject)]
    is_trusted = await _is_trusted(subject)
    if not is_trusted:
        counted.append((_FAILURES_OF_ACCOUNT, normalized_email(email)))
    failures = await _FAILURES_OF_CALLER.try_count(current_network(), cost=0)
    # Counted before the password is checked: attempts at the same time see one another.
    for number, (limit, of) in enumerate(counted):
        try:
            await limit.count(of)
        except RateLimited:
            await _give_back(counted[:number])
            raise
    try:
        share = failures.remaining / _FAILURES_OF_CALLER.amount
        yield share if is_trusted else share / 2
    except InvalidCredentials:
        await _FAILURES_OF_CALLER.try_count(current_network())
        raise
    except BaseException:
        await _give_back(counted)
        raise
    await _give_back(counted)
    await trust_network(email)


async def forgive_log_ins(email: str) -> None:
    """Forget the failed log-ins of an account whose owner has redeemed a link."""
    await _FAILURES_OF_ACCOUNT.forgive(normalized_email(email))
    await trust_network(email)


async def trust_network(email: str) -> None:
    """Remember that the owner of an account uses the network of this request."""
    subject = f"{normalized_email(email)} {current_network()}"
    await _FAILURES_FROM_NETWORK.forgive(subject)
    for cost in (-1, 1):  # the second restarts the time
        await get(RateLimitBackend).hit(
            f"trusted:{subject}", amount=1, seconds=_TRUST_SECONDS, cost=cost
        )


async def _is_trusted(subject: str) -> bool:
    mark = await get(RateLimitBackend).hit(
        f"trusted:{subject}", amount=1, seconds=_TRUST_SECONDS, cost=0
    )
    return mark.remaining == 0


async def _give_back(counted: list[tuple[RateLimit, str]]) -> None:
    for limit, subject in counted:
        await limit.try_count(subject, cost=-1)


async def limit_emails_to(email: str, *, is_account: bool = False) -> None:
    """Count a request for an e-mail.

    Args:
        email: The recipient's address.
        is_account: Whether only the address of an account gets the e-mail. Those of others, which
            anybody can make up, are also limited for their domain and altogether.

    Raises:
        RateLimited: There were too many.
    """
    inbox = inbox_of(email)
    await _EMAILS_FOR_CALLER.count(f"{inbox} {current_network()}")
    if not is_account:
        settings = get(AccountSettings)
        domain = RateLimit(settings.account_mail_per_domain, name="mail_to_domain")
        await domain.count(inbox.rpartition("@")[2])
        await RateLimit(settings.account_mail_overall, name="mail_overall").count("all")


async def may_send_to(email: str, *, template: str) -> bool:
    """Count an e-mail that is about to be sent; return whether it may be.

    If not, the last one with this template was sent within the last minutes.

    Args:
        email: The recipient's address.
        template: E-mails with another template are counted separately.
    """
    inbox = inbox_of(email)
    # Requests for made-up tags spend the e-mails of tagged addresses, not those of the plain one.
    subject = inbox if _tag_of(email) is None else f"{inbox} tagged"
    allowance = await _EMAILS_TO_INBOX.try_count(f"{template} {subject}")
    return not allowance.is_exceeded


def inbox_of(email: str) -> str:
    """Return the inbox of an address: without its tag, and at Gmail without dots."""
    local, _, domain = normalized_email(email).rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '')}@{_GMAIL[0]}" if domain in _GMAIL else f"{local}@{domain}"


def _tag_of(email: str) -> str | None:
    name, plus, tag = email.rpartition("@")[0].partition("+")
    return tag if name and plus else None
