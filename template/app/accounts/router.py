"""Endpoints: each validates, calls one function of the service, and returns."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.accounts import emails
from app.accounts.dependencies import Admin, AuthenticatedUser, CurrentUser
from app.accounts.errors import (
    CannotChangeOwnAccount,
    EmailDisabled,
    EmailTaken,
    IncorrectPassword,
    InsufficientRole,
    InvalidCredentials,
    InvalidToken,
    PasswordHashingBusy,
    SessionNotFound,
    UserNotFound,
)
from app.accounts.models import User
from app.accounts.passwords import Passwords
from app.accounts.post import Post
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
from app.accounts.service import sessions, users
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    normalized_email,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.guards import RateLimit

LOG_INS_OF_ACCOUNT = RateLimit("100/hour", name="log_ins_of_account")
MAIL_TO_ADDRESS = RateLimit("5/hour", name="mail_to_address")
PASSWORD = [Depends(RateLimit("10/minute", name="passwords"))]
MAIL = [Depends(RateLimit("10/minute", name="account_mail"))]
TOKEN = [Depends(RateLimit("10/minute", name="account_tokens"))]

users_router = Router(prefix=f"{API_V1}/users", tags=["users"])
sessions_router = Router(prefix=f"{API_V1}/sessions", tags=["sessions"])
verifications_router = Router(prefix=f"{API_V1}/email-verifications", tags=["users"])
resets_router = Router(prefix=f"{API_V1}/password-resets", tags=["users"])


@users_router.post(
    "",
    response_model=Envelope[SignUpOut],
    status_code=202,
    dependencies=MAIL,
    responses=errors(EmailTaken, PasswordHashingBusy),
)
async def sign_up(
    session: Session, new: SignUp, passwords: Passwords, post: Post
) -> DataResponse[SignUpOut]:
    """Open an account.

    A link to verify the address is sent to it; log in after following it. The answer is the same if
    the address has an account already, and that is what the mail says then. Where the service sends
    no mail the account is ready at once, and a taken address is a 409.
    """
    settings = post.settings
    await users.sign_up(session, new, passwords=passwords, settings=settings)
    if not settings.mails:
        return DataResponse(SignUpOut(email=new.email, next="log_in"))
    await MAIL_TO_ADDRESS.take(normalized_email(new.email))
    await post.order(session, writer="answer_sign_up", to=new.email)
    return DataResponse(SignUpOut(email=new.email, next="verify_address"))


@users_router.get(
    "", response_model=PageEnvelope[AccountOut], responses=errors(InvalidCursor, InsufficientRole)
)
async def list_users(
    _: Admin, session: ReadSession, query: Annotated[AccountQuery, Query()]
) -> Page[User]:
    """List the users, page by page. For administrators."""
    return await users.list_users(session, query)


@users_router.get("/me", response_model=Envelope[UserOut])
async def read_me(user: CurrentUser) -> DataResponse[AuthenticatedUser]:
    """Return your own account."""
    return DataResponse(user)


@users_router.patch(
    "/me",
    response_model=Envelope[UserOut],
    dependencies=PASSWORD,
    responses=errors(EmailTaken, IncorrectPassword, PasswordHashingBusy, UserNotFound),
)
async def change_me(
    user: CurrentUser, session: Session, change: AddressChange, passwords: Passwords, post: Post
) -> DataResponse[User]:
    """Change the address of your account.

    The new one counts from when it is verified by the link that is sent to it; until then the
    account keeps the old one. Where the service sends no mail it counts at once.
    """
    await users.check_password(user, change.current_password, passwords=passwords)
    settings = post.settings
    if not settings.mails:
        return DataResponse(await users.change_address(session, user.id, change.email))
    await MAIL_TO_ADDRESS.take(normalized_email(change.email))
    write = emails.ask_to_verify_change
    post.put(partial(write, email=change.email, user_id=user.id, settings=settings))
    return DataResponse(await users.get_user(session, user.id))


@users_router.delete("/me", status_code=204)
async def delete_me(user: CurrentUser, session: Session) -> None:
    """Delete your own account, and with it what is yours alone."""
    await users.delete_user(session, user.id)


@users_router.put(
    "/me/password",
    status_code=204,
    dependencies=PASSWORD,
    responses=errors(IncorrectPassword, PasswordHashingBusy),
)
async def change_my_password(
    user: CurrentUser, session: Session, change: PasswordChange, passwords: Passwords
) -> None:
    """Choose a new password. Your other sessions end."""
    await users.change_password(session, user, change, passwords=passwords)


@users_router.get(
    "/{user_id}",
    response_model=Envelope[AccountOut],
    responses=errors(InsufficientRole, UserNotFound),
)
async def read_user(_: Admin, session: ReadSession, user_id: UUID) -> DataResponse[User]:
    """Return one user. For administrators."""
    return DataResponse(await users.get_user(session, user_id))


@users_router.patch(
    "/{user_id}",
    response_model=Envelope[AccountOut],
    responses=errors(CannotChangeOwnAccount, InsufficientRole, UserNotFound),
)
async def change_user(
    admin: Admin, session: Session, user_id: UUID, changes: AccountPatch
) -> DataResponse[User]:
    """Change the role of a user, or disable the account or enable it. For administrators."""
    return DataResponse(await users.change_account(session, user_id, changes, admin=admin))


@sessions_router.post(
    "",
    response_model=Envelope[OpenedSessionOut],
    status_code=201,
    dependencies=PASSWORD,
    responses=with_location(InvalidCredentials, PasswordHashingBusy),
)
async def log_in(
    session: Session,
    given: LogIn,
    passwords: Passwords,
    post: Post,
    request: Request,
    response: Response,
) -> DataResponse[sessions.OpenedSession]:
    """Log in. The token in the answer is not shown again; send it as `Authorization: Bearer`."""
    await LOG_INS_OF_ACCOUNT.take(normalized_email(given.email))
    opened = await sessions.log_in(
        session, given, _device_of(request), passwords=passwords, settings=post.settings
    )
    location = request.url_for("read_session", session_id=str(opened.id))
    response.headers["Location"] = location.path
    return DataResponse(opened)


@sessions_router.get("", response_model=PageEnvelope[SessionOut], responses=errors(InvalidCursor))
async def list_sessions(
    user: CurrentUser, session: ReadSession, query: Annotated[SessionQuery, Query()]
) -> Page[sessions.SessionRow]:
    """List where you are logged in, page by page."""
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
    """Log out: the token that this request came with is void from now on."""
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
    dependencies=MAIL,
    responses=errors(EmailDisabled),
)
async def request_verification(given: AddressIn, post: Post) -> DataResponse[AddressIn]:
    """Ask for another link to verify an address. The answer is the same for every address."""
    return await _mail_link(emails.ask_to_verify, given, post)


@verifications_router.post(
    "/confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(EmailTaken, InvalidToken),
)
async def verify_address(session: Session, given: TokenIn, post: Post) -> None:
    """Verify an address with the token that was mailed to it."""
    await post.add(session, await emails.verify_address(session, given.token))


@resets_router.post(
    "",
    response_model=Envelope[AddressOut],
    status_code=202,
    dependencies=MAIL,
    responses=errors(EmailDisabled),
)
async def request_password_reset(given: AddressIn, post: Post) -> DataResponse[AddressIn]:
    """Ask for a link to choose a new password. The answer is the same for every address."""
    return await _mail_link(emails.offer_reset, given, post)


@resets_router.post(
    "/confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(PasswordHashingBusy, InvalidToken),
)
async def reset_password(
    session: Session, reset: PasswordReset, passwords: Passwords, post: Post
) -> None:
    """Choose a new password with the token that was mailed. All sessions of the account end."""
    await post.add(session, await emails.reset_password(session, reset, passwords=passwords))


async def _mail_link(
    write: emails.WriteTo, given: AddressIn, post: Post
) -> DataResponse[AddressIn]:
    if not post.settings.mails:
        raise EmailDisabled
    await MAIL_TO_ADDRESS.take(normalized_email(given.email))
    post.put(partial(write, email=given.email, settings=post.settings))
    return DataResponse(given)


def _device_of(request: Request) -> sessions.Device:
    agent = request.headers.get("user-agent")
    return sessions.Device(
        user_agent=agent[: sessions.MAX_USER_AGENT] if agent else None,
        address=request.client.host[: sessions.MAX_ADDRESS] if request.client else None,
    )
