"""Administrators' work on accounts; one who can log in always remains."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.errors import (
    CannotChangeOwnAccount,
    EmailNotVerified,
    LastAdministrator,
    UserNotFound,
)
from app.accounts.models import Role, User, UserSession
from app.accounts.schemas import AccountPatch, AccountQuery
from app.core.api import Page, paginate


async def list_users(session: AsyncSession, query: AccountQuery) -> Page[User]:
    """Return one page of the users that match."""
    return await paginate(session, select(User), query)


async def change_account(
    session: AsyncSession, user_id: UUID, changes: AccountPatch, *, admin: AuthenticatedUser
) -> User:
    """Change a user's role, or disable the account and end its sessions.

    Raises:
        CannotChangeOwnAccount: It is the administrator's own account.
        EmailNotVerified: The new administrator has not verified the address.
        LastAdministrator: No other administrator would remain.
        UserNotFound: No user has this id.
    """
    if user_id == admin.id:
        raise CannotChangeOwnAccount
    values = changes.model_dump()
    if "disabled" in values:
        values["disabled_at"] = datetime.now(UTC) if values.pop("disabled") else None
    if values.get("role") == Role.USER or values.get("disabled_at"):
        await require_another_administrator(session, user_id)
    user = await session.scalar(
        update(User).where(User.id == user_id).values(**values).returning(User)
    )
    if user is None:
        raise UserNotFound
    if values.get("role") == Role.ADMIN and not user.verified_at:
        raise EmailNotVerified
    if user.disabled_at:
        await session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    return user


async def require_another_administrator(session: AsyncSession, user_id: UUID) -> None:
    """Check that a user is not the only administrator, and keep it so until the commit.

    All administrators are locked, in the order of their ids: of two transactions that each remove
    the other's, the second waits here, and then finds only those that are left.

    Raises:
        LastAdministrator: The user is the only one.
    """
    locked = select(User.id).where(*_can_administrate()).order_by(User.id).with_for_update()
    administrators = (await session.scalars(locked)).all()
    if list(administrators) == [user_id]:
        raise LastAdministrator


def _can_administrate() -> tuple[ColumnElement[bool], ...]:
    return User.role == Role.ADMIN, User.disabled_at.is_(None), User.verified_at.is_not(None)
