"""Logging in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.devices import Device, remember_device
from app.accounts.errors import InvalidCredentials, SessionNotFound
from app.accounts.limits import limited_log_in
from app.accounts.models import User, UserSession
from app.accounts.notices import report_new_device
from app.accounts.passwords import PasswordHasher
from app.accounts.schemas import LogIn, SessionQuery
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token, new_token
from app.core.api import Page, build_page, normalized_email, select_page
from app.core.db import ReadSessionLocal
from app.core.services import get

SessionRow = Row[UUID, bool, datetime, datetime, datetime, datetime, str | None, str | None]


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session with its token, which is returned once and never stored."""

    id: UUID
    token: str
    expires_at: datetime
    ends_at: datetime


async def log_in(session: AsyncSession, given: LogIn, device: Device) -> OpenedSession:
    """Create a session for the user with this address and password.

    An address without an account takes as long and gets the same response as a wrong password.

    Raises:
        InvalidCredentials: They do not match, or the account is unverified or disabled.
        RateLimited: There were too many failures for this address.
    """
    async with limited_log_in(given.email) as queue_share:
        return await _log_in(session, given, device, queue_share=queue_share)


async def _log_in(
    session: AsyncSession, given: LogIn, device: Device, *, queue_share: float
) -> OpenedSession:
    hasher = get(PasswordHasher)
    hasher.require_room(queue_share)
    # conventions: ignore[session-by-hand] no connection is held while the password is hashed
    async with ReadSessionLocal() as reading:
        found = await reading.execute(
            select(User.id, User.password_hash).where(
                User.email_key == normalized_email(given.email)
            )
        )
        user_id, known = found.one_or_none() or (None, None)
    is_correct, new_hash = await hasher.verify(given.password, known, queue_share=queue_share)
    if not is_correct or user_id is None:
        raise InvalidCredentials
    email = await _lock_user(session, user_id, password_hash=known)
    if email is None:
        raise InvalidCredentials
    if new_hash:
        await session.execute(update(User).where(User.id == user_id).values(password_hash=new_hash))
    if await remember_device(session, user_id, device):
        await report_new_device(session, email, device)
    return await _open_session(session, user_id, device)


async def list_sessions(
    session: AsyncSession, user: AuthenticatedUser, query: SessionQuery
) -> Page[SessionRow]:
    """Return one page of a user's sessions."""
    statement = select_page(_sessions_of(user), query, scope=str(user.id))
    rows: Sequence[SessionRow] = (await session.execute(statement)).all()
    salt = query.cursor_salt(str(user.id))
    return build_page(list(rows), limit=query.limit, order=query.order(), salt=salt)


async def get_session(
    session: AsyncSession, user: AuthenticatedUser, session_id: UUID
) -> SessionRow:
    """Return one of a user's sessions.

    Raises:
        SessionNotFound: The user has no session with this id.
    """
    statement = _sessions_of(user).where(UserSession.id == session_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise SessionNotFound
    return row


async def end_session(session: AsyncSession, user: AuthenticatedUser, session_id: UUID) -> None:
    """End one of a user's sessions.

    Raises:
        SessionNotFound: The user has no session with this id.
    """
    statement = (
        delete(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user.id)
        .returning(UserSession.id)
    )
    if await session.scalar(statement) is None:
        raise SessionNotFound


def _sessions_of(
    user: AuthenticatedUser,
) -> Select[UUID, bool, datetime, datetime, datetime, datetime, str | None, str | None]:
    return select(
        UserSession.id,
        (UserSession.id == user.session_id).label("current"),
        UserSession.created_at,
        UserSession.last_seen_at,
        UserSession.expires_at,
        UserSession.ends_at,
        UserSession.user_agent,
        UserSession.address,
    ).where(UserSession.user_id == user.id, UserSession.expires_at > datetime.now(UTC))


async def _lock_user(
    session: AsyncSession, user_id: UUID, *, password_hash: str | None
) -> str | None:
    """Return the address of a user who may log in, and keep it so until the commit.

    The password may have been changed while it was hashed, to lock out everyone who knew it.
    """
    statement = select(User.email).where(
        User.id == user_id,
        User.password_hash == password_hash,
        User.disabled_at.is_(None),
        User.verified_at.is_not(None),
    )
    email: str | None = await session.scalar(statement.with_for_update())
    return email


async def _open_session(session: AsyncSession, user_id: UUID, device: Device) -> OpenedSession:
    """Create a session, and delete the user's expired ones."""
    settings, now, token = get(AccountSettings), datetime.now(UTC), new_token()
    await session.execute(
        delete(UserSession).where(UserSession.user_id == user_id, UserSession.expires_at <= now)
    )
    ends_at = now + settings.session_max
    opened = UserSession(
        user_id=user_id,
        token_hash=hash_token(token),
        last_seen_at=now,
        expires_at=min(now + settings.session_idle, ends_at),
        ends_at=ends_at,
        user_agent=device.user_agent,
        address=device.address,
    )
    session.add(opened)
    await session.flush()
    return OpenedSession(opened.id, token, opened.expires_at, opened.ends_at)
