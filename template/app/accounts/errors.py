"""Errors raised by requests about accounts.

    Unauthorized
    ├─ NotAuthenticated        401
    └─ InvalidCredentials      401
    Forbidden
    ├─ InsufficientRole        403
    └─ IncorrectPassword       403
    NotFound
    ├─ EmailDisabled           404
    ├─ SessionNotFound         404
    └─ UserNotFound            404
    Conflict
    ├─ EmailTaken              409
    ├─ EmailNotVerified        409
    ├─ LastAdministrator       409
    └─ CannotChangeOwnAccount  409
    BadRequest
    ├─ InvalidToken            400
    ├─ PasswordRequired        400
    ├─ UnexpectedPassword      400
    └─ WeakPassword            400
    Unavailable
    └─ PasswordQueueFull       503

Clients branch on the code; the handlers add the envelope.
"""

from app.core.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
    Unavailable,
)


class NotAuthenticated(Unauthorized):
    """The session token is missing, invalid or expired."""

    code = "not_authenticated"
    message = "Log in with POST /sessions and send its token as Authorization: Bearer."


class InvalidCredentials(Unauthorized):
    """The address and the password do not match an account that can log in."""

    code = "invalid_credentials"
    message = (
        "Invalid email address or password. If both are right, the address is not verified yet by "
        "the link that was sent to it, or the account is disabled."
    )


class InsufficientRole(Forbidden):
    """The user lacks the required role."""

    code = "insufficient_role"
    message = "Your account does not have the role that this needs."


class IncorrectPassword(Forbidden):
    """The current password, which confirms this change, is wrong."""

    code = "incorrect_password"
    message = "The current password is incorrect."


class EmailDisabled(NotFound):
    """The service sends no email."""

    code = "email_disabled"
    message = "This service sends no email. Ask its administrator."


class SessionNotFound(NotFound):
    """The user has no session with this id."""

    code = "session_not_found"
    message = "You have no session with this id. GET /sessions lists them."


class UserNotFound(NotFound):
    """No user has this id."""

    code = "user_not_found"
    message = "There is no user with this id. GET /users lists them."


class EmailTaken(Conflict):
    """Another account has this address."""

    code = "email_taken"
    message = "Another account already has this email address."


class EmailNotVerified(Conflict):
    """The user has not verified the address."""

    code = "email_not_verified"
    message = "The user has not verified the address yet, so it may belong to someone else."


class LastAdministrator(Conflict):
    """No other administrator could log in after this change."""

    code = "last_administrator"
    message = "This account is the only administrator. Make another user an administrator first."


class CannotChangeOwnAccount(Conflict):
    """Administrators cannot change their own role or disable themselves."""

    code = "cannot_change_own_account"
    message = "You cannot change your own role or disable yourself; another administrator can."


class InvalidToken(BadRequest):
    """The token is unknown, used or expired."""

    code = "invalid_token"
    message = "This link is invalid or expired. Request a new one."


class PasswordRequired(BadRequest):
    """A sign-up without a password, where no email lets the user choose one."""

    code = "password_required"
    message = "This service sends no email: send the password with the sign-up."


class UnexpectedPassword(BadRequest):
    """A sign-up with a password, before the address is proven."""

    code = "unexpected_password"
    message = "Send only the address: the link that is sent to it asks for the password."


class WeakPassword(BadRequest):
    """The password is easy to guess."""

    code = "weak_password"
    message = "This password is easy to guess. Use several words that are not about you."


class PasswordQueueFull(Unavailable):
    """Too many passwords are waiting to be hashed."""

    code = "password_queue_full"
    message = "Too many people are logging in. Retry after the time in Retry-After."
