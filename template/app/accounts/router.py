"""Endpoints of accounts: users, and the links sent by email. Those of sessions are included."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.accounts.dependencies import Admin, AuthenticatedUser, CurrentUser
from app.accounts.devices import CurrentDevice
from app.accounts.errors import (
    CannotChangeOwnAccount,
    EmailDisabled,
    EmailNotVerified,
    EmailTaken,
    IncorrectPassword,
    InsufficientRole,
    InvalidToken,
    LastAdministrator,
    PasswordQueueFull,
    PasswordRequired,
    UnexpectedPassword,
    UserNotFound,
    WeakPassword,
)
from app.accounts.limits import EMAIL, PASSWORD, TOKEN
from app.accounts.models import User
from app.accounts.schemas import (
    AccountDeletion,
    AccountOut,
    AccountPatch,
    AccountQuery,
    AddressChange,
    AddressIn,
    AddressOut,
    PasswordChange,
    PasswordReset,
    SignUp,
    SignUpOut,
    TokenIn,
    UserOut,
)
from app.accounts.service import administration, users, verification
from app.accounts.sessions_router import sessions_router
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
)
from app.core.db import ReadSession, Session

users_router = Router(prefix=f"{API_V1}/users", tags=["users"])
verifications_router = Router(prefix=f"{API_V1}/email-verifications", tags=["users"])
resets_router = Router(prefix=f"{API_V1}/password-resets", tags=["users"])


@users_router.post(
    "",
    response_model=Envelope[SignUpOut],
    status_code=202,
    dependencies=EMAIL,
    responses=errors(
        EmailTaken, PasswordQueueFull, PasswordRequired, UnexpectedPassword, WeakPassword
    ),
)
@anonymous("The sign-up.")
async def sign_up(session: Session, new: SignUp, device: CurrentDevice) -> DataResponse[SignUpOut]:
    """Create an account.

    A link is sent to the address; it verifies the address and asks for a password. The response is
    the same if the address already has an account; the email then says so. Where the service sends
    no email the password belongs to the sign-up, the account is ready immediately, and a taken
    address is a 409.
    """
    return DataResponse(await users.sign_up(session, new, device))


@users_router.get(
    "", response_model=PageEnvelope[AccountOut], responses=errors(InvalidCursor, InsufficientRole)
)
async def list_users(
    _: Admin, session: ReadSession, query: Annotated[AccountQuery, Query()]
) -> Page[User]:
    """List the users, page by page. Administrators only."""
    return await administration.list_users(session, query)


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
    user: CurrentUser, session: Session, change: AddressChange, device: CurrentDevice
) -> DataResponse[User]:
    """Change the address of your account.

    The account keeps the old address until you confirm the new one, with the link that is sent to
    it. Where the service sends no email the change is immediate.
    """
    return DataResponse(await users.request_address_change(session, user, change, device))


@users_router.post(
    "/me/address-confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(EmailTaken, InvalidToken, UserNotFound),
)
async def confirm_address(
    user: CurrentUser, session: Session, given: TokenIn, device: CurrentDevice
) -> None:
    """Confirm the new address of your account with the token that was sent to it.

    A message tells the old address.
    """
    await verification.confirm_address_change(session, user, given.token, device)


@users_router.post(
    "/me/deletions",
    status_code=204,
    dependencies=PASSWORD,
    responses=errors(IncorrectPassword, LastAdministrator, PasswordQueueFull),
)
async def delete_me(
    user: CurrentUser, session: Session, given: AccountDeletion, device: CurrentDevice
) -> None:
    """Delete your account and the data that belongs to it."""
    await users.delete_account(session, user, given, device)


@users_router.put(
    "/me/password",
    status_code=204,
    dependencies=PASSWORD,
    responses=errors(IncorrectPassword, PasswordQueueFull, WeakPassword),
)
async def change_my_password(
    user: CurrentUser, session: Session, change: PasswordChange, device: CurrentDevice
) -> None:
    """Choose a new password. Your other sessions end."""
    await users.change_password(session, user, change, device)


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
    responses=errors(
        CannotChangeOwnAccount,
        EmailNotVerified,
        InsufficientRole,
        LastAdministrator,
        UserNotFound,
    ),
)
async def change_user(
    admin: Admin, session: Session, user_id: UUID, changes: AccountPatch
) -> DataResponse[User]:
    """Change the role of a user, or disable or enable the account. Administrators only."""
    return DataResponse(await administration.change_account(session, user_id, changes, admin=admin))


@verifications_router.post(
    "",
    response_model=Envelope[AddressOut],
    status_code=202,
    dependencies=EMAIL,
    responses=errors(EmailDisabled),
)
@anonymous("An account without a verified address cannot log in.")
async def request_verification(
    session: Session, given: AddressIn, device: CurrentDevice
) -> DataResponse[AddressIn]:
    """Request another verification link. The response is the same for every address."""
    return DataResponse(await verification.request_verification(session, given, device))


@verifications_router.post(
    "/confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(PasswordQueueFull, InvalidToken, WeakPassword),
)
@anonymous("The token that was sent identifies the user.")
async def verify_address(session: Session, given: PasswordReset, device: CurrentDevice) -> None:
    """Verify the address of a new account with the token that was sent, and choose the password."""
    await verification.verify_address(session, given, device)


@resets_router.post(
    "",
    response_model=Envelope[AddressOut],
    status_code=202,
    dependencies=EMAIL,
    responses=errors(EmailDisabled),
)
@anonymous("Who forgot the password cannot log in.")
async def request_password_reset(
    session: Session, given: AddressIn, device: CurrentDevice
) -> DataResponse[AddressIn]:
    """Request a link to choose a new password. The response is the same for every address."""
    return DataResponse(await verification.request_password_reset(session, given, device))


@resets_router.post(
    "/confirmations",
    status_code=204,
    dependencies=TOKEN,
    responses=errors(PasswordQueueFull, InvalidToken, WeakPassword),
)
@anonymous("The token that was sent identifies the user.")
async def reset_password(session: Session, reset: PasswordReset, device: CurrentDevice) -> None:
    """Choose a new password with the token that was sent. All sessions of the account end."""
    await verification.reset_password(session, reset, device)


router = Router()
for part in (users_router, sessions_router, verifications_router, resets_router):
    router.include_router(part)
