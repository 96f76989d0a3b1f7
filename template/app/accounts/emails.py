"""What is mailed to users: links that work once, and what becomes of them."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.about import NAME
from app.accounts.errors import InvalidToken, UserNotFound
from app.accounts.models import EmailToken, Purpose, User
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import PasswordReset
from app.accounts.service.users import change_address, replace_password
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token, new_token
from app.core.api import normalized_email
from app.core.email.backends import Message


class WriteTo(Protocol):
    """A function that stores what a letter to an address needs, and returns the letter."""

    async def __call__(
        self, session: AsyncSession, email: str, *, settings: AccountSettings
    ) -> Message | None:
        """Return the letter, or `None` if there is none to send."""


async def answer_sign_up(
    session: AsyncSession, email: str, *, settings: AccountSettings
) -> Message | None:
    """Return what to mail after a sign-up: a link to verify, or word that the account exists."""
    user = await _find(session, email)
    if user and user.verified_at:
        return _already_registered(user.email)
    return await _ask_to_verify(session, user, email, settings=settings)


async def ask_to_verify(
    session: AsyncSession, email: str, *, settings: AccountSettings
) -> Message | None:
    """Return another link to verify an address, if it waits for that."""
    user = await _find(session, email)
    if user and user.verified_at:
        return None
    return await _ask_to_verify(session, user, email, settings=settings)


async def ask_to_verify_change(
    session: AsyncSession, email: str, *, user_id: UUID, settings: AccountSettings
) -> Message | None:
    """Return a link that makes the address that of the user, unless it is somebody's already."""
    other = await _find(session, email)
    if other and other.id != user_id:
        return _already_registered(email)
    user = await session.get(User, user_id)
    return await _ask_to_verify(session, user, email, settings=settings)


async def offer_reset(
    session: AsyncSession, email: str, *, settings: AccountSettings
) -> Message | None:
    """Return a link to choose a new password, if the address has an account."""
    user = await _find(session, email)
    if user is None or user.disabled_at:
        return None
    valid = timedelta(minutes=settings.password_reset_minutes)
    token = await _store_token(session, user, Purpose.RESET_PASSWORD, user.email, valid=valid)
    link = _link(settings.password_reset_link, token)
    return Message(
        kind="reset_password",
        to=user.email,
        link=link,
        subject="Choose a new password",
        text=(
            "Somebody, you we hope, wants to choose a new password for your account.\n\n"
            f"{link or f'Your token: {token}'}\n\n"
            f"It works once, within {settings.password_reset_minutes} minutes. If it was not you, "
            "there is nothing to do: your password stays.\n"
        ),
    )


async def verify_address(session: AsyncSession, token: SecretStr) -> Message | None:
    """Take an address as proven by the token that was mailed to it.

    Returns:
        What to mail: a welcome, the first time that an address of the user is verified.

    Raises:
        EmailTaken: Another account has come to the address meanwhile.
        InvalidToken: The token is unknown, used or too old.
    """
    taken = await _take_token(session, token, Purpose.VERIFY_ADDRESS)
    is_new = await _is_new(session, taken.user_id)
    try:
        await change_address(session, taken.user_id, taken.email)
    except UserNotFound:
        raise InvalidToken from None
    return _welcome(taken.email) if is_new else None


async def reset_password(
    session: AsyncSession, reset: PasswordReset, *, passwords: PasswordHasher
) -> Message | None:
    """Replace the password of whoever got the token, and end all of their sessions.

    Returns:
        What to mail: a welcome, if that was the first proof of an address of the user.

    Raises:
        InvalidToken: The token is unknown, used or too old.
    """
    new_hash = await passwords.hash(reset.password)
    token = await _take_token(session, reset.token, Purpose.RESET_PASSWORD)
    is_new = await _is_new(session, token.user_id)
    if not await replace_password(session, token, new_hash):
        raise InvalidToken
    return _welcome(token.email) if is_new else None


async def _find(session: AsyncSession, email: str) -> User | None:
    user: User | None = await session.scalar(
        select(User).where(User.email_key == normalized_email(email))
    )
    return user


async def _is_new(session: AsyncSession, user_id: UUID) -> bool:
    """Return whether no address of the user was verified yet, and keep it so until the commit."""
    statement = select(User.id).where(User.id == user_id, User.verified_at.is_(None))
    return await session.scalar(statement.with_for_update()) is not None


def _welcome(email: str) -> Message:
    return Message(
        kind="welcome",
        to=email,
        subject=f"Welcome to {NAME}",
        text="Your address is verified and your account is ready: you can log in from now on.\n",
    )


def _already_registered(email: str) -> Message:
    return Message(
        kind="already_registered",
        to=email,
        subject="You have an account already",
        text=(
            "Somebody, you perhaps, asked for an account with this address. It has one already: "
            "log in with it, or choose a new password if you do not remember the old one.\n"
        ),
    )


async def _ask_to_verify(
    session: AsyncSession, user: User | None, email: str, *, settings: AccountSettings
) -> Message | None:
    if user is None or user.disabled_at:
        return None
    valid = timedelta(hours=settings.verification_hours)
    token = await _store_token(session, user, Purpose.VERIFY_ADDRESS, email, valid=valid)
    link = _link(settings.verification_link, token)
    return Message(
        kind="verify_address",
        to=email,
        link=link,
        subject="Verify your address",
        text=(
            "Somebody, you we hope, gave us this address for an account.\n\n"
            f"{link or f'Your token: {token}'}\n\n"
            f"It works once, within {settings.verification_hours} hours. If it was not you, there "
            "is nothing to do: nobody can use the account.\n"
        ),
    )


def _link(page: str | None, token: str) -> str | None:
    return page.replace("{token}", token) if page else None


async def _store_token(
    session: AsyncSession, user: User, purpose: Purpose, email: str, *, valid: timedelta
) -> str:
    """Return a new token; the last one of its kind is void from now on."""
    token = new_token()
    values = {
        "token_hash": hash_token(token),
        "email": email,
        "expires_at": datetime.now(UTC) + valid,
    }
    await session.execute(
        insert(EmailToken)
        .values(user_id=user.id, purpose=purpose, **values)
        .on_conflict_do_update(index_elements=[EmailToken.user_id, EmailToken.purpose], set_=values)
    )
    return token


async def _take_token(session: AsyncSession, token: SecretStr, purpose: Purpose) -> EmailToken:
    """Return a token that is valid, and delete it: of two who bring it at once, one gets it."""
    statement = (
        delete(EmailToken)
        .where(
            EmailToken.token_hash == hash_token(token.get_secret_value()),
            EmailToken.purpose == purpose,
            EmailToken.expires_at > datetime.now(UTC),
        )
        .returning(EmailToken)
    )
    taken: EmailToken | None = await session.scalar(statement)
    if taken is None:
        raise InvalidToken
    return taken
