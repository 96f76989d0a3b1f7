"""Creating, changing and deleting accounts."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.devices import Device
from app.accounts.emails import enqueue_account_email, send_email_change, send_signup_email
from app.accounts.errors import (
    EmailTaken,
    IncorrectPassword,
    PasswordRequired,
    UnexpectedPassword,
    UserNotFound,
)
from app.accounts.limits import limit_emails_to
from app.accounts.models import EmailToken, Purpose, Role, User, UserSession
from app.accounts.notices import report_address_change, report_deletion, report_password_change
from app.accounts.password_rules import hash_new_password
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import (
    AccountDeletion,
    AddressChange,
    PasswordChange,
    SignUp,
    SignUpOut,
)
from app.accounts.service.administration import require_another_administrator
from app.accounts.settings import AccountSettings
from app.core.api import normalized_email
from app.core.db import ReadSessionLocal
from app.core.module import Modules
from app.core.services import get


async def sign_up(session: AsyncSession, new: SignUp, device: Device) -> SignUpOut:
    """Create an account, and send a link to verify its address.

    With e-mail, the response does not reveal whether the address has an account, and the password
    is chosen with the link: nobody can use an account with an address that is not theirs.

    Raises:
        EmailTaken: Without e-mail only: the address has an account.
        PasswordRequired: Without e-mail only: the password is missing.
        UnexpectedPassword: With e-mail only: there is a password.
        WeakPassword: The password is easy to guess.
    """
    if not get(AccountSettings).sends_email:
        await _create_verified(session, new)
        return SignUpOut(email=new.email, next="log_in")
    if new.password is not None:
        raise UnexpectedPassword
    await limit_emails_to(new.email)
    await _create_unverified(session, new.email)
    await enqueue_account_email(session, send_signup_email, email=new.email, device=device)
    return SignUpOut(email=new.email, next="verify_address")


async def _create_verified(session: AsyncSession, new: SignUp) -> None:
    if new.password is None:
        raise PasswordRequired
    password_hash = await hash_new_password(new.password, email=new.email)
    values = {
        "email": new.email,
        "password_hash": password_hash,
        "verified_at": datetime.now(UTC),
    }
    statement = (
        insert(User)
        .values(email_key=normalized_email(new.email), **values)
        .on_conflict_do_update(
            index_elements=[User.email_key],
            set_=values,
            where=User.verified_at.is_(None),  # from a time when the service sent email
        )
        .returning(User.id)
    )
    if await session.scalar(statement) is None:
        raise EmailTaken


async def _create_unverified(session: AsyncSession, email: str) -> None:
    await session.execute(
        insert(User)
        .values(email=email, email_key=normalized_email(email))
        .on_conflict_do_nothing(index_elements=[User.email_key])
    )


async def get_user(session: AsyncSession, user_id: UUID) -> User:
    """Return a user.

    Raises:
        UserNotFound: No user has this id.
    """
    user = await session.scalar(select(User).where(User.id == user_id))
    if user is None:
        raise UserNotFound
    return user


async def request_address_change(
    session: AsyncSession, user: AuthenticatedUser, change: AddressChange, device: Device
) -> User:
    """Send a link that changes the user's address; without e-mail, change it immediately.

    Raises:
        EmailTaken: Without e-mail only: another account has the address.
        IncorrectPassword: The current password is wrong.
    """
    await check_password(user, change.current_password)
    if not get(AccountSettings).sends_email:
        return await change_address(session, user.id, change.email, device)
    await limit_emails_to(change.email)
    await enqueue_account_email(
        session, send_email_change, email=change.email, user_id=user.id, device=device
    )
    return await get_user(session, user.id)


async def change_address(session: AsyncSession, user_id: UUID, email: str, device: Device) -> User:
    """Set a user's address to one that is verified, and tell the old one.

    Raises:
        EmailTaken: Another account has it.
        UserNotFound: The user was deleted.
    """
    values = {
        "email": email,
        "email_key": normalized_email(email),
        "verified_at": datetime.now(UTC),
    }
    locked = select(User.email).where(User.id == user_id).with_for_update()
    old_email = await session.scalar(locked)
    statement = update(User).where(User.id == user_id).values(**values).returning(User)
    try:
        user = await session.scalar(statement)
    except IntegrityError:
        raise EmailTaken from None
    if user is None or old_email is None:
        raise UserNotFound
    await _revoke_tokens(session, user_id, EmailToken.purpose == Purpose.CHANGE_ADDRESS)
    await announce_address(session, user_id)
    if normalized_email(old_email) != user.email_key:
        await report_address_change(session, old_email, device)
    return user


async def announce_address(session: AsyncSession, user_id: UUID) -> None:
    """Call the hooks of all modules after an address was verified or changed."""
    for hook in [module.on_address_verified for module in get(Modules)]:
        if hook:
            await hook(session, user_id)


async def change_password(
    session: AsyncSession, user: AuthenticatedUser, change: PasswordChange, device: Device
) -> None:
    """Replace a user's password, end the other sessions, and revoke reset links.

    Raises:
        IncorrectPassword: The current password is wrong.
        WeakPassword: The new password is easy to guess.
    """
    old_hash = await check_password(user, change.current_password)
    new_hash = await hash_new_password(change.password, email=user.email)
    unchanged = (User.id == user.id, User.password_hash == old_hash)
    if not await _set_password(session, new_hash, *unchanged):
        raise IncorrectPassword  # it was changed in the meantime
    await _end_sessions(session, user.id, UserSession.id != user.session_id)
    await report_password_change(session, user.email, device)


async def replace_password(session: AsyncSession, token: EmailToken, new_hash: str) -> bool:
    """Replace the password of the user who received a token, and end all their sessions.

    Returns:
        Whether the user exists, is enabled and still has the address the token was sent to.
    """
    unchanged = (
        User.id == token.user_id,
        User.email_key == normalized_email(token.email),
        User.disabled_at.is_(None),
    )
    if not await _set_password(session, new_hash, *unchanged):
        return False
    verified = {"verified_at": func.coalesce(User.verified_at, datetime.now(UTC))}
    await session.execute(update(User).where(User.id == token.user_id).values(verified))
    await _end_sessions(session, token.user_id)
    return True


async def check_password(user: AuthenticatedUser, password: SecretStr) -> str:
    """Return the hash of the user's current password.

    Raises:
        IncorrectPassword: The password is wrong.
    """
    async with ReadSessionLocal() as session:  # holds no connection while the password is hashed
        known = await session.scalar(select(User.password_hash).where(User.id == user.id))
    is_correct, _ = await get(PasswordHasher).verify(password, known)
    if known is None or not is_correct:
        raise IncorrectPassword
    return known


async def delete_account(
    session: AsyncSession, user: AuthenticatedUser, given: AccountDeletion, device: Device
) -> None:
    """Delete a user after the hooks of all modules; foreign keys declare the rest.

    Raises:
        IncorrectPassword: The current password is wrong.
        LastAdministrator: The user is the only administrator.
    """
    known = await check_password(user, given.current_password)
    if user.role == Role.ADMIN:
        await require_another_administrator(session, user.id)
    # Locked, so that no row that refers to the user appears after a hook looked for them, and
    # unchanged: the password is the one that was checked, and nobody made an administrator of a
    # user meanwhile whose absence was not checked above.
    unchanged = (User.id == user.id, User.password_hash == known, User.role == user.role)
    if await session.scalar(select(User.id).where(*unchanged).with_for_update()) is None:
        raise IncorrectPassword
    for hook in [module.on_user_deleted for module in get(Modules)]:
        if hook:
            await hook(session, user.id)
    await session.execute(delete(User).where(User.id == user.id))
    await report_deletion(session, user.email, device)


async def _set_password(
    session: AsyncSession, password_hash: str, *conditions: ColumnElement[bool]
) -> bool:
    """Return whether a user met the conditions and has the new password."""
    statement = (
        update(User).where(*conditions).values(password_hash=password_hash).returning(User.id)
    )
    return await session.scalar(statement) is not None


async def _end_sessions(
    session: AsyncSession, user_id: UUID, *conditions: ColumnElement[bool]
) -> None:
    await session.execute(delete(UserSession).where(UserSession.user_id == user_id, *conditions))
    await _revoke_tokens(session, user_id)


async def _revoke_tokens(
    session: AsyncSession, user_id: UUID, *conditions: ColumnElement[bool]
) -> None:
    await session.execute(delete(EmailToken).where(EmailToken.user_id == user_id, *conditions))
