"""Endpoints of accounts: users, sessions, and the links sent by email."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.accounts.dependencies import Admin, AuthenticatedUser, CurrentUser
from app.accounts.errors import (
    CannotChangeOwnAccount,
    EmailDisabled,
    EmailTaken,
    IncorrectPassword,
    InsufficientRole,
    InvalidCredentials,
    InvalidToken,
    PasswordQueueFull,
    SessionNotFound,
    UserNotFound,
)
from app.accounts.limits import EMAIL, PASSWORD, TOKEN
from app.accounts.models import User
from app.accounts.schemas import (
    AccountOut,
    AccountPatch,
    AccountQuery,
    AddressChange,
    AddressIn,
    AddressOut,
    LogIn,
    OpenedSessionOut,
    PasswordChange,
    PasswordReset,
    SessionOut,
    SessionQuery,
    SignUp,
    SignUpOut,
    TokenIn,
    UserOut,
)
from app.accounts.service import sessions, users, verification
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    anonymous,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session

users_router = Router(prefix=f"{API_V1}/users", tags=["users"])
sessions_router = Router(prefix=f"{API_V1}/sessions", tags=["sessions"])
verifications_router = Router(prefix=f"{API_V1}/email-verifications", tags=["users"])
resets_router = Router(prefix=f"{API_V1}/password-resets", tags=["users"])


@users_router.post(
    "",
    response_model=Envelope[SignUpOut],
    status_code=202,
    dependencies=EMAIL,
    responses=errors(EmailTaken, PasswordQueueFull),
)
@anonymous("The sign-up.")
async def sign_up(session: Session, new: SignUp) -> DataResponse[SignUpOut]:
    """Create an account.

    A verification link is sent to the address; log in after following it. The response is the same
    if the address already has an account; the email then says so. Where the service sends no email
    the account is ready immediately, and a taken address is a 409.
    """
    return DataResponse(await users.sign_up(session, new))


@users_router.get(
    "", response_model=PageEnvelope[AccountOut], responses=errors(InvalidCursor, InsufficientRole)
)
async def list_users(
    _: Admin, session: ReadSession, query: Annotated[AccountQuery, Query()]
) -> Page[User]:
    """List the users, page by page. Administrators only."""
    return await users.list_users(session, query)


@users_router.get("/me", response_model=Envelope[UserOut])
async def read_me(user: CurrentUser) -> DataResponse[AuthenticatedUser]:
    """Return your own account."""
    return DataResponse(user)


@users_router.patch(
    "/me",
    response_model=Envelope[UserOut],
    dependencies=PASSWORD,
    responses=errors(EmailTaken, IncorrectPassword, PasswordQueueFull, UserNotFound),
)
async def change_me(
    user: CurrentUser, session: Session, change: AddressChange
) -> DataResponse[User]:
    """Change the address of your account.

    The account keeps the old address until the new one is verified by the link that is sent to it.
    Where the service sends no email the change is immediate.
    """
    return DataResponse(await users.request_address_change(session, user, change))


@users_router.delete("/me", status_code=204)
async def delete_me(user: CurrentUser, session: Session) -> None:
    """Delete your account and the data that belongs to it."""
    await users.delete_user(session, user.id)


@users_router.put(
    "/me/password",
    status_code=204,
    dependencies=PASSWORD,
    responses=errors(IncorrectPassword, PasswordQueueFull),
)
async def change_my_password(user: CurrentUser, session: Session, change: PasswordChange) -> None:
    """Choose a new password. Your other sessions end."""
    await users.change_password(session, user, change)


@users_router.get(
    "/{user_id}",
    response_model=Envelope[AccountOut],
    responses=errors(InsufficientRole, UserNotFound),
)
async def read_user(_: Admin, session: ReadSession, user_id: UUID) -> DataResponse[User]:
    """Return one user. Administrators only."""
    return DataResponse(await users.get_user(session, user_id))


@users_router.patch(
    "/{user_id}",
    response_model=Envelope[AccountOut],
    responses=errors(CannotChangeOwnAccount, InsufficientRole, UserNotFound),
)
async def change_user(
    admin: Admin, session: Session, user_id: UUID, changes: AccountPatch
) -> DataResponse[User]:
    """Change the role of a user, or disable or enable the account. Administrators only."""
    return DataResponse(await users.change_account(session, user_id, changes, admin=admin))


@sessions_router.post(
    "",
    response_model=Envelope[OpenedSessionOut],
    status_code=201,
    dependencies=PASSWORD,
    responses=with_location(InvalidCredentials, PasswordQueueFull),
)
async def log_in(
    session: Session, given: LogIn, request: Request, response: Response
) -> DataResponse[sessions.OpenedSession]:
    """Log in. The token is not shown again; send it as `Authorization: Bearer`."""
    opened = await sessions.log_in(session, given, _device_of(request))
    location = request.url_for("read_session", session_id=str(opened.id))
    response.headers["Location"] = location.path
    return DataResponse(opened)


@sessions_router.get("", response_model=PageEnvelope[SessionOut], responses=errors(InvalidCursor))
async def list_sessions(
    user: CurrentUser, session: ReadSession, query: Annotated[SessionQuery, Query()]
) -> Page[sessions.SessionRow]:
    """List your sessions, page by page."""
    return await sessions.list_sessions(session, user, query)


@sessions_router.get(
    "/current", response_model=Envelope[SessionOut], responses=errors(SessionNotFound)
)
async def read_current_session(
    user: CurrentUser, session: ReadSession
) -> DataResponse[sessions.SessionRow]:
    """Return the session that this request belongs to."""
    return DataResponse(await sessions.get_session(session, user, user.session_id))


@sessions_router.delete("/current", status_code=204, responses=errors(SessionNotFound))
async def log_out(user: CurrentUser, session: Session) -> None:
    """Log out: the token of this request becomes invalid."""
    await sessions.end_session(session, user, user.session_id)


@sessions_router.get(
    "/{session_id}", response_model=Envelope[SessionOut], responses=errors(SessionNotFound)
)
async def read_session(
    user: CurrentUser, session: ReadSession, session_id: UUID
) -> DataResponse[sessions.SessionRow]:
    """Return one of your sessions."""
    return DataResponse(await sessions.get_session(session, user, session_id))


@sessions_router.delete("/{session_id}", status_code=204, responses=errors(SessionNotFound))
async def end_session(user: CurrentUser, session: Session, session_id: UUID) -> None:
    """End one of your sessions."""
    await sessions.end_session(session, user, session_id)


@verifications_router.post(
    "",
    response_model=Envelope[AddressOut],
    status_code=202,
    dependencies=EMAIL,
    responses=errors(EmailDisabled),
)
@anonymous("An account without a verified address cannot log in.")
async def request_verification(session: Session, given: AddressIn) -> DataResponse[AddressIn]:
    """Request another verification link. The response is the same for every address."""
    return DataResponse(await verification.request_verification(session, given))


@verifications_router.post(
    "/confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(EmailTaken, InvalidToken),
)
@anonymous("The token that was sent identifies the user.")
async def verify_address(session: Session, given: TokenIn) -> None:
    """Verify an address with the token that was sent to it."""
    await verification.verify_address(session, given.token)


@resets_router.post(
    "",
    response_model=Envelope[AddressOut],
    status_code=202,
    dependencies=EMAIL,
    responses=errors(EmailDisabled),
)
@anonymous("Who forgot the password cannot log in.")
async def request_password_reset(session: Session, given: AddressIn) -> DataResponse[AddressIn]:
    """Request a link to choose a new password. The response is the same for every address."""
    return DataResponse(await verification.request_password_reset(session, given))


@resets_router.post(
    "/confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(PasswordQueueFull, InvalidToken),
)
@anonymous("The token that was sent identifies the user.")
async def reset_password(session: Session, reset: PasswordReset) -> None:
    """Choose a new password with the token that was sent. All sessions of the account end."""
    await verification.reset_password(session, reset)


def _device_of(request: Request) -> sessions.Device:
    agent = request.headers.get("user-agent")
    return sessions.Device(
        user_agent=agent[: sessions.MAX_USER_AGENT] if agent else None,
        address=request.client.host[: sessions.MAX_ADDRESS] if request.client else None,
    )


router = Router()
for part in (users_router, sessions_router, verifications_router, resets_router):
    router.include_router(part)
