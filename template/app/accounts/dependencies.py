"""Dependencies that authenticate and authorize a request.

    @router.get("/me")
    async def read_me(user: CurrentUser) -> DataResponse[AuthenticatedUser]: ...

    @router.delete("/{user_id}", responses=errors(InsufficientRole))
    async def delete_user(_: Admin, session: Session, user_id: UUID) -> None: ...

A route with either of them documents the 401 and its bearer token in OpenAPI.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Row, bindparam, select, update

from app.accounts.errors import InsufficientRole, NotAuthenticated
from app.accounts.models import Role, User, UserSession
from app.accounts.settings import AccountSettings
from app.accounts.tokens import hash_token
from app.core.context import current_request
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.services import get

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="session",
    description="The token from the response of `POST /sessions`.",
)

SessionRow = Row[UUID, datetime, datetime, UUID, str, str, datetime | None, datetime, datetime]
_SESSION = (
    select(
        UserSession.id.label("session_id"),
        UserSession.last_seen_at,
        UserSession.ends_at,
        User.id,
        User.email,
        User.role,
        User.verified_at,
        User.created_at,
        User.updated_at,
    )
    .join(User, User.id == UserSession.user_id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class AuthenticatedUser:
    """The user who sent the request.

    Attributes:
        id: The user's id.
        email: The address as the user wrote it.
        role: One of `Role`.
        verified_at: The time at which the address was verified.
        created_at: The time of the sign-up.
        updated_at: The time of the last change of the account.
        session_id: The session that the token belongs to.
    """

    id: UUID
    email: str
    role: str
    verified_at: datetime | None
    created_at: datetime
    updated_at: datetime
    session_id: UUID


async def get_current_user(
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> AuthenticatedUser:
    """Return the user who sent the request, read in one statement.

    Raises:
        NotAuthenticated: The token is missing, invalid or expired.
    """
    if given is None:
        raise NotAuthenticated
    now = datetime.now(UTC)
    found = await ReadSessionLocal().execute(
        _SESSION, {"token_hash": hash_token(given.credentials), "now": now}
    )
    row = found.one_or_none()
    if row is None:
        raise NotAuthenticated
    settings = get(AccountSettings)
    if now - row.last_seen_at > settings.session_touch:
        await _extend_session(row, now, settings)
    if context := current_request():
        context.user_id = str(row.id)
    return AuthenticatedUser(
        id=row.id,
        email=row.email,
        role=row.role,
        verified_at=row.verified_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        session_id=row.session_id,
    )


async def _extend_session(row: SessionRow, now: datetime, settings: AccountSettings) -> None:
    """Store the use of a session, in a transaction that a failing request does not roll back."""
    async with AsyncSessionLocal.begin() as session:
        await session.execute(
            update(UserSession)
            .where(
                UserSession.id == row.session_id,
                UserSession.last_seen_at == row.last_seen_at,  # of concurrent requests, one writes
            )
            .values(last_seen_at=now, expires_at=min(now + settings.session_idle, row.ends_at))
        )


CurrentUser = Annotated[AuthenticatedUser, Depends(get_current_user)]


def require_role(*roles: Role) -> Callable[[AuthenticatedUser], Awaitable[AuthenticatedUser]]:
    """Return a dependency that requires a role: `Depends(require_role(Role.ADMIN))`.

    The route declares `responses=errors(InsufficientRole)`.

    Args:
        roles: The allowed roles; one of them is enough.
    """

    async def check(user: CurrentUser) -> AuthenticatedUser:
        if user.role not in roles:
            raise InsufficientRole
        return user

    return check


Admin = Annotated[AuthenticatedUser, Depends(require_role(Role.ADMIN))]
