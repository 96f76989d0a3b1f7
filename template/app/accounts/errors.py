"""What can be wrong with a request about accounts.

Unauthorized
├─ NotAuthenticated           401
└─ InvalidCredentials    401
Forbidden
├─ InsufficientRole           403
└─ IncorrectPassword       403
NotFound
├─ EmailDisabled               404
├─ SessionNotFound       404
└─ UserNotFound          404
Conflict
├─ EmailTaken          409
└─ CannotChangeOwnAccount            409
BadRequest
└─ InvalidToken          400
Unavailable
└─ PasswordHashingBusy         503
"""

from app.core.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized, Unavailable


class NotAuthenticated(Unauthorized):
    """There is no session token, or none that is valid any more."""

    code = "not_authenticated"
    message = "Log in with POST /sessions and send its token as Authorization: Bearer."


class InvalidCredentials(Unauthorized):
    """The address and the password do not open an account."""

    code = "invalid_credentials"
    message = (
        "Nobody can log in with this address and password. If they are right, the address has yet "
        "to be verified by the link that was sent to it, or the account was disabled."
    )


class InsufficientRole(Forbidden):
    """The user has not the role that this needs."""

    code = "insufficient_role"
    message = "Your account may not do this."


class IncorrectPassword(Forbidden):
    """The present password, which this needs once more, was wrong."""

    code = "incorrect_password"
    message = "That is not your present password."


class EmailDisabled(NotFound):
    """This service sends no mail."""

    code = "email_disabled"
    message = "This service sends no mail. Ask its administrator."


class SessionNotFound(NotFound):
    """The user has no session with this id."""

    code = "session_not_found"
    message = "You have no session with this id. GET /sessions lists them."


class UserNotFound(NotFound):
    """There is no user with this id."""

    code = "user_not_found"
    message = "There is no user with this id. GET /users lists them."


class EmailTaken(Conflict):
    """Another account has this address."""

    code = "email_taken"
    message = "There is an account with this address already."


class CannotChangeOwnAccount(Conflict):
    """Administrators do not change their own role, so that one always remains."""

    code = "cannot_change_own_account"
    message = "You cannot change your own role or disable yourself; another administrator can."


class InvalidToken(BadRequest):
    """The token is not one that we sent, was used, or is too old."""

    code = "invalid_token"
    message = "This link is not valid any more. Ask for a new one."


class PasswordHashingBusy(Unavailable):
    """Too many passwords wait to be checked."""

    code = "password_hashing_busy"
    message = "Too many people log in just now. Try again as Retry-After says."
