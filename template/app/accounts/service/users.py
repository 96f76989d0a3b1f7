"""Creating, changing and deleting accounts."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.emails import enqueue_account_email, send_email_change, send_signup_email
from app.accounts.errors import (
    CannotChangeOwnAccount,
    EmailTaken,
    IncorrectPassword,
    UserNotFound,
)
from app.accounts.limits import limit_emails_to
from app.accounts.models import EmailToken, User, UserSession
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import (
    AccountPatch,
    AccountQuery,
    AddressChange,
    PasswordChange,
    SignUp,
    SignUpOut,
)
from app.accounts.settings import AccountSettings
from app.core.api import Page, normalized_email, paginate
from app.core.db import ReadSessionLocal
from app.core.module import Modules
from app.core.services import get


async def sign_up(session: AsyncSession, new: SignUp) -> SignUpOut:
    """Create an account, and send a link to verify its address.

    With e-mail, the response does not reveal whether the address has an account: a verified account
    stays unchanged, the password of an unverified one is replaced, and no one can log in before the
    address is verified.

    Raises:
        EmailTaken: Without e-mail only: the address has an account.
    """
    password_hash = await get(PasswordHasher).hash(new.password)
    if not get(AccountSettings).sends_email:
        await _create_verified(session, new.email, password_hash)
        return SignUpOut(email=new.email, next="log_in")
    await limit_emails_to(new.email)
    await _create_unverified(session, new.email, password_hash)
    await enqueue_account_email(session, send_signup_email, email=new.email)
    return SignUpOut(email=new.email, next="verify_address")


async def _create_verified(session: AsyncSession, email: str, password_hash: str) -> None:
    statement = (
        insert(User)
        .values(
            email=email,
            email_key=normalized_email(email),
            password_hash=password_hash,
            verified_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing(index_elements=[User.email_key])
        .returning(User.id)
    )
    if await session.scalar(statement) is None:
        raise EmailTaken


async def _create_unverified(session: AsyncSession, email: str, password_hash: str) -> None:
    await session.execute(
        insert(User)
        .values(email=email, email_key=normalized_email(email), password_hash=password_hash)
        .on_conflict_do_update(
            index_elements=[User.email_key],
            set_={"email": email, "password_hash": password_hash, "updated_at": func.now()},
            where=User.verified_at.is_(None),
        )
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


async def list_users(session: AsyncSession, query: AccountQuery) -> Page[User]:
    """Return one page of the users that match."""
    return await paginate(session, select(User), query)


async def change_account(
    session: AsyncSession, user_id: UUID, changes: AccountPatch, *, admin: AuthenticatedUser
) -> User:
    """Change a user's role, or disable the account and end its sessions.

    Raises:
        CannotChangeOwnAccount: It is the administrator's own account.
        UserNotFound: No user has this id.
    """
    if user_id == admin.id:
        raise CannotChangeOwnAccount
    values = changes.model_dump()
    if "disabled" in values:
        values["disabled_at"] = datetime.now(UTC) if values.pop("disabled") else None
    user = await session.scalar(
        update(User).where(User.id == user_id).values(**values).returning(User)
    )
    if user is None:
        raise UserNotFound
    if user.disabled_at:
        await session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    return user


async def request_address_change(
    session: AsyncSession, user: AuthenticatedUser, change: AddressChange
) -> User:
    """Send a link that changes the user's address; without e-mail, change it immediately.

    Raises:
        EmailTaken: Without e-mail only: another account has the address.
        IncorrectPassword: The current password is wrong.
    """
    await check_password(user, change.current_password)
    if not get(AccountSettings).sends_email:
        return await change_address(session, user.id, change.email)
    await limit_emails_to(change.email)
    await enqueue_account_email(session, send_email_change, email=change.email, user_id=user.id)
    return await get_user(session, user.id)


async def change_address(session: AsyncSession, user_id: UUID, email: str) -> User:
    """Set a user's address to one that is verified.

    Raises:
        EmailTaken: Another account has it.
        UserNotFound: The user was deleted.
    """
    values = {
        "email": email,
        "email_key": normalized_email(email),
        "verified_at": datetime.now(UTC),
    }
    statement = update(User).where(User.id == user_id).values(**values).returning(User)
    try:
        user = await session.scalar(statement)
    except IntegrityError:
        raise EmailTaken from None
    if user is None:
        raise UserNotFound
    await announce_address(session, user_id)
    return user


async def announce_address(session: AsyncSession, user_id: UUID) -> None:
    """Call the hooks of all modules after an address was verified or changed."""
    for hook in [module.on_address_verified for module in get(Modules)]:
        if hook:
            await hook(session, user_id)


async def change_password(
    session: AsyncSession, user: AuthenticatedUser, change: PasswordChange
) -> None:
    """Replace a user's password, end the other sessions, and revoke reset links.

    Raises:
        IncorrectPassword: The current password is wrong.
    """
    old_hash = await check_password(user, change.current_password)
    new_hash = await get(PasswordHasher).hash(change.password)
    unchanged = (User.id == user.id, User.password_hash == old_hash)
    if not await _set_password(session, new_hash, *unchanged):
        raise IncorrectPassword  # it was changed in the meantime
    await _end_sessions(session, user.id, UserSession.id != user.session_id)


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
    verified_at = func.coalesce(User.verified_at, datetime.now(UTC))
    await session.execute(
        update(User).where(User.id == token.user_id).values(verified_at=verified_at)
    )
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


async def delete_user(session: AsyncSession, user_id: UUID) -> None:
    """Delete a user after the hooks of all modules; foreign keys declare the rest."""
    # Locked, so that no row that refers to the user appears after a hook looked for them.
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    for hook in [module.on_user_deleted for module in get(Modules)]:
        if hook:
            await hook(session, user_id)
    await session.execute(delete(User).where(User.id == user_id))


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
    await session.execute(delete(EmailToken).where(EmailToken.user_id == user_id))
