"""Opening, changing and closing accounts."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.errors import CannotChangeOwnAccount, EmailTaken, IncorrectPassword, UserNotFound
from app.accounts.leaving import take_leave
from app.accounts.models import EmailToken, User, UserSession
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import AccountPatch, AccountQuery, PasswordChange, SignUp
from app.accounts.settings import AccountSettings
from app.core.api import Page, normalized_email, paginate
from app.core.db import ReadSessionLocal


async def sign_up(
    session: AsyncSession, new: SignUp, *, passwords: PasswordHasher, settings: AccountSettings
) -> None:
    """Open an account.

    With mail, nobody learns here whether the address had one: a verified account stays as it is, of
    an unverified one the password is replaced, and nobody can log in before the address is
    verified.

    Raises:
        EmailTaken: Without mail only: the address has an account.
    """
    password_hash = await passwords.hash(new.password)
    statement = insert(User).values(
        email=new.email,
        email_key=normalized_email(new.email),
        password_hash=password_hash,
        verified_at=None if settings.mails else datetime.now(UTC),
    )
    if settings.mails:
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[User.email_key],
                set_={"email": new.email, "password_hash": password_hash, "updated_at": func.now()},
                where=User.verified_at.is_(None),
            )
        )
        return
    statement = statement.on_conflict_do_nothing(index_elements=[User.email_key])
    if await session.scalar(statement.returning(User.id)) is None:
        raise EmailTaken


async def get_user(session: AsyncSession, user_id: UUID) -> User:
    """Return a user.

    Raises:
        UserNotFound: There is none with this id.
    """
    user = await session.scalar(select(User).where(User.id == user_id))
    if user is None:
        raise UserNotFound
    return user


async def list_users(session: AsyncSession, query: AccountQuery) -> Page[User]:
    """Return one page of the users that fit."""
    return await paginate(session, select(User), query)


async def change_account(
    session: AsyncSession, user_id: UUID, changes: AccountPatch, *, admin: AuthenticatedUser
) -> User:
    """Change a user's role, or disable the account and end its sessions.

    Raises:
        CannotChangeOwnAccount: It is the administrator's own.
        UserNotFound: There is no user with this id.
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


async def change_address(session: AsyncSession, user_id: UUID, email: str) -> User:
    """Give a user another address, which is known to be theirs.

    Raises:
        EmailTaken: Another account has it.
        UserNotFound: The user is gone.
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
    return user


async def change_password(
    session: AsyncSession,
    user: AuthenticatedUser,
    change: PasswordChange,
    *,
    passwords: PasswordHasher,
) -> None:
    """Replace a user's password, end the other sessions, and void a link to reset it.

    Raises:
        IncorrectPassword: The present password was wrong.
    """
    old_hash = await check_password(user, change.current_password, passwords=passwords)
    new_hash = await passwords.hash(change.password)
    same = (User.id == user.id, User.password_hash == old_hash)
    if not await _set_password(session, new_hash, *same):
        raise IncorrectPassword  # it was changed in the meantime
    await _end_sessions(session, user.id, UserSession.id != user.session_id)


async def replace_password(session: AsyncSession, token: EmailToken, new_hash: str) -> bool:
    """Replace the password of the user who got this token, and end all of their sessions.

    Returns:
        Whether there is such a user, not disabled and still at the address it was sent to.
    """
    same = (
        User.id == token.user_id,
        User.email_key == normalized_email(token.email),
        User.disabled_at.is_(None),
    )
    if not await _set_password(session, new_hash, *same):
        return False
    verified = func.coalesce(User.verified_at, datetime.now(UTC))
    await session.execute(update(User).where(User.id == token.user_id).values(verified_at=verified))
    await _end_sessions(session, token.user_id)
    return True


async def check_password(
    user: AuthenticatedUser, password: SecretStr, *, passwords: PasswordHasher
) -> str:
    """Return the hash of the present password, once more proven by the user.

    Raises:
        IncorrectPassword: It was wrong.
    """
    async with ReadSessionLocal() as session:  # no connection waits while the password is hashed
        known = await session.scalar(select(User.password_hash).where(User.id == user.id))
    right, _ = await passwords.verify(password, known)
    if known is None or not right:
        raise IncorrectPassword
    return known


async def delete_user(session: AsyncSession, user_id: UUID) -> None:
    """Delete a user; the database treats what refers to them as each foreign key declares."""
    # Locked, so that what the hooks see is all there is: nothing more can refer to the user.
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    await take_leave(session, user_id)
    await session.execute(delete(User).where(User.id == user_id))


async def _set_password(
    session: AsyncSession, password_hash: str, *where: ColumnElement[bool]
) -> bool:
    """Return whether the user was still as the conditions say."""
    statement = update(User).where(*where).values(password_hash=password_hash).returning(User.id)
    return await session.scalar(statement) is not None


async def _end_sessions(session: AsyncSession, user_id: UUID, *where: ColumnElement[bool]) -> None:
    await session.execute(delete(UserSession).where(UserSession.user_id == user_id, *where))
    await session.execute(delete(EmailToken).where(EmailToken.user_id == user_id))
