"""Links sent by e-mail: requesting one, and redeeming its token."""

from datetime import UTC, datetime

from pydantic import SecretStr
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.emails import (
    SealedAccountEmail,
    enqueue_account_email,
    send_password_reset,
    send_verification_email,
    welcome_email,
)
from app.accounts.errors import EmailDisabled, InvalidToken, UserNotFound
from app.accounts.limits import forgive_log_ins, limit_emails_to
from app.accounts.models import EmailToken, Purpose, User
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import AddressIn, PasswordReset
from app.accounts.service.users import announce_address, change_address, replace_password
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token
from app.core.email import enqueue_email
from app.core.jobs import Job
from app.core.services import get


async def request_verification(session: AsyncSession, address: AddressIn) -> AddressIn:
    """Send another verification link, if the address has an unverified account.

    Raises:
        EmailDisabled: The service sends no e-mail.
    """
    return await _request_link(session, address, send_verification_email)


async def request_password_reset(session: AsyncSession, address: AddressIn) -> AddressIn:
    """Send a link to choose a new password, if the address has an account.

    Raises:
        EmailDisabled: The service sends no e-mail.
    """
    return await _request_link(session, address, send_password_reset)


async def verify_address(session: AsyncSession, token: SecretStr) -> None:
    """Mark an address as verified by the token that was sent to it; the first time, send a welcome.

    Raises:
        EmailTaken: Another account got the address in the meantime.
        InvalidToken: The token is unknown, used or expired.
    """
    redeemed = await _redeem_token(session, token, Purpose.VERIFY_ADDRESS)
    is_first = await _lock_unverified(session, redeemed)
    try:
        await change_address(session, redeemed.user_id, redeemed.email)
    except UserNotFound:
        raise InvalidToken from None
    if is_first:
        await _welcome(session, redeemed.email)


async def reset_password(session: AsyncSession, reset: PasswordReset) -> None:
    """Replace the password of the user who received the token, and end all their sessions.

    Raises:
        InvalidToken: The token is unknown, used or expired.
    """
    password_hash = await get(PasswordHasher).hash(reset.password)
    redeemed = await _redeem_token(session, reset.token, Purpose.RESET_PASSWORD)
    is_first = await _lock_unverified(session, redeemed)
    if not await replace_password(session, redeemed, password_hash):
        raise InvalidToken
    await forgive_log_ins(redeemed.email)
    if is_first:
        await announce_address(session, redeemed.user_id)
        await _welcome(session, redeemed.email)


async def _request_link(
    session: AsyncSession, address: AddressIn, send: Job[SealedAccountEmail]
) -> AddressIn:
    if not get(AccountSettings).sends_email:
        raise EmailDisabled
    await limit_emails_to(address.email, is_account=send is send_password_reset)
    await enqueue_account_email(session, send, email=address.email)
    return address


async def _welcome(session: AsyncSession, email: str) -> None:
    if get(AccountSettings).sends_email:
        await enqueue_email(session, welcome_email(email))


async def _lock_unverified(session: AsyncSession, token: EmailToken) -> bool:
    """Return whether the user has no verified address yet, and keep it so until the commit."""
    statement = select(User.id).where(User.id == token.user_id, User.verified_at.is_(None))
    return await session.scalar(statement.with_for_update()) is not None


async def _redeem_token(session: AsyncSession, token: SecretStr, purpose: Purpose) -> EmailToken:
    """Return a valid token and delete it: of two concurrent requests, one gets it."""
    statement = (
        delete(EmailToken)
        .where(
            EmailToken.token_hash == hash_token(token.get_secret_value()),
            EmailToken.purpose == purpose,
            EmailToken.expires_at > datetime.now(UTC),
        )
        .returning(EmailToken)
    )
    redeemed: EmailToken | None = await session.scalar(statement)
    if redeemed is None:
        raise InvalidToken
    return redeemed
