"""Links sent by e-mail: requesting one, and redeeming its token."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.devices import Device
from app.accounts.emails import (
    SealedAccountEmail,
    enqueue_account_email,
    send_password_reset,
    send_verification_email,
)
from app.accounts.errors import EmailDisabled, InvalidToken
from app.accounts.limits import forgive_log_ins, limit_emails_to
from app.accounts.models import EmailToken, Purpose, User
from app.accounts.notices import report_password_change, send_welcome
from app.accounts.password_rules import hash_new_password
from app.accounts.schemas import AddressIn, PasswordReset
from app.accounts.service.users import announce_address, change_address, replace_password
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token
from app.core.db import ReadSessionLocal
from app.core.jobs import Job
from app.core.services import get


async def request_verification(
    session: AsyncSession, address: AddressIn, device: Device
) -> AddressIn:
    """Send another verification link, if the address has an unverified account.

    Raises:
        EmailDisabled: The service sends no e-mail.
    """
    return await _request_link(session, address, send_verification_email, device)


async def request_password_reset(
    session: AsyncSession, address: AddressIn, device: Device
) -> AddressIn:
    """Send a link to choose a new password, if the address has an account.

    Raises:
        EmailDisabled: The service sends no e-mail.
    """
    return await _request_link(session, address, send_password_reset, device)


async def verify_address(session: AsyncSession, given: PasswordReset, device: Device) -> None:
    """Verify the address of a new account, choose its password, and send a welcome.

    Only who reads the mail of the address chooses the password, whoever signed up with it.

    Raises:
        InvalidToken: The token is unknown, used or expired, or the address is verified.
        WeakPassword: The password is easy to guess.
    """
    await _choose_password(session, given, Purpose.VERIFY_ADDRESS, device)


async def reset_password(session: AsyncSession, reset: PasswordReset, device: Device) -> None:
    """Replace the password of the user who received the token, and end all their sessions.

    It verifies the address as well, since the token was sent to it.

    Raises:
        InvalidToken: The token is unknown, used or expired.
        WeakPassword: The password is easy to guess.
    """
    await _choose_password(session, reset, Purpose.RESET_PASSWORD, device)


async def confirm_address_change(
    session: AsyncSession, user: AuthenticatedUser, token: SecretStr, device: Device
) -> None:
    """Change the user's address to the one that the token was sent to.

    The user has to be logged in, so that no one gets an address by a link that its owner opens.

    Raises:
        EmailTaken: Another account got the address in the meantime.
        InvalidToken: The token is unknown, used or expired, or another user's.
    """
    is_theirs = User.id == user.id
    token_found = await _lock_and_redeem(session, token, Purpose.CHANGE_ADDRESS, is_theirs)
    await change_address(session, user.id, token_found.email, device)


async def _request_link(
    session: AsyncSession, address: AddressIn, send: Job[SealedAccountEmail], device: Device
) -> AddressIn:
    if not get(AccountSettings).sends_email:
        raise EmailDisabled
    await limit_emails_to(address.email, is_account=send is send_password_reset)
    await enqueue_account_email(session, send, email=address.email, device=device)
    return address


async def _choose_password(
    session: AsyncSession, given: PasswordReset, purpose: Purpose, device: Device
) -> None:
    email = await _find_address(given.token, purpose)
    password_hash = await hash_new_password(given.password, email=email)
    conditions = [User.verified_at.is_(None)] if purpose is Purpose.VERIFY_ADDRESS else []
    redeemed = await _lock_and_redeem(session, given.token, purpose, *conditions)
    is_first = await _is_unverified(session, redeemed.user_id)
    if not await replace_password(session, redeemed, password_hash):
        raise InvalidToken
    await forgive_log_ins(redeemed.email)
    if is_first:
        await announce_address(session, redeemed.user_id)
        await send_welcome(session, redeemed.email)
    else:
        await report_password_change(session, redeemed.email, device)


async def _find_address(token: SecretStr, purpose: Purpose) -> str:
    """Return the address that a valid token was sent to."""
    async with ReadSessionLocal() as reading:  # free again while the password is hashed
        statement = select(EmailToken.email).where(*_is_valid(token, purpose))
        email: str | None = await reading.scalar(statement)
    if email is None:
        raise InvalidToken
    return email


async def _is_unverified(session: AsyncSession, user_id: UUID) -> bool:
    statement = select(User.id).where(User.id == user_id, User.verified_at.is_(None))
    return await session.scalar(statement) is not None


async def _lock_and_redeem(
    session: AsyncSession, token: SecretStr, purpose: Purpose, *conditions: ColumnElement[bool]
) -> EmailToken:
    """Lock the user of a valid token, delete the token, and return it.

    The user is locked first, as everywhere: two who redeem two tokens of one user would otherwise
    wait for each other. Of two who redeem one token, the second no longer finds it.
    """
    owner = (
        select(User.id)
        .join(EmailToken, EmailToken.user_id == User.id)
        .where(*_is_valid(token, purpose), *conditions)
        .with_for_update(of=User)
    )
    redeem = delete(EmailToken).where(*_is_valid(token, purpose)).returning(EmailToken)
    if await session.scalar(owner) is None:
        raise InvalidToken
    redeemed: EmailToken | None = await session.scalar(redeem)
    if redeemed is None:
        raise InvalidToken
    return redeemed


def _is_valid(token: SecretStr, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    return (
        EmailToken.token_hash == hash_token(token.get_secret_value()),
        EmailToken.purpose == purpose,
        EmailToken.expires_at > datetime.now(UTC),
    )
