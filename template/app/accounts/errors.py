"""What can be wrong with a request about accounts.

Unauthorized
├─ NotSignedIn           401
└─ CredentialsRefused    401
Forbidden
├─ RoleMissing           403
└─ PasswordRefused       403
NotFound
├─ MailOff               404
├─ SessionNotFound       404
└─ UserNotFound          404
Conflict
├─ AddressTaken          409
└─ OwnAccount            409
BadRequest
└─ TokenRefused          400
Unavailable
└─ PasswordsBusy         503
"""

from app.core.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
    Unavailable,
)


class NotSignedIn(Unauthorized):
    """There is no session token, or none that is valid any more."""

    code = "not_signed_in"
    message = "Log in with POST /sessions and send its token as Authorization: Bearer."


class CredentialsRefused(Unauthorized):
    """The address and the password do not open an account."""

    code = "credentials_refused"
    message = (
        "Nobody can log in with this address and password. If they are right, the address has yet "
        "to be verified by the link that was sent to it, or the account was disabled."
    )


class RoleMissing(Forbidden):
    """The user has not the role that this needs."""

    code = "role_missing"
    message = "Your account may not do this."


class PasswordRefused(Forbidden):
    """The present password, which this needs once more, was wrong."""

    code = "password_refused"
    message = "That is not your present password."


class MailOff(NotFound):
    """This service sends no mail."""

    code = "mail_off"
    message = "This service sends no mail. Ask its administrator."


class SessionNotFound(NotFound):
    """The user has no session with this id."""

    code = "session_not_found"
    message = "You have no session with this id. GET /sessions lists them."


class UserNotFound(NotFound):
    """There is no user with this id."""

    code = "user_not_found"
    message = "There is no user with this id. GET /users lists them."


class AddressTaken(Conflict):
    """Another account has this address."""

    code = "address_taken"
    message = "There is an account with this address already."


class OwnAccount(Conflict):
    """Administrators do not change their own role, so that one always remains."""

    code = "own_account"
    message = "You cannot change your own role or disable yourself; another administrator can."


class TokenRefused(BadRequest):
    """The token is not one that we sent, was used, or is too old."""

    code = "token_refused"
    message = "This link is not valid any more. Ask for a new one."


class PasswordsBusy(Unavailable):
    """Too many passwords wait to be checked."""

    code = "passwords_busy"
    message = "Too many people log in just now. Try again as Retry-After says."
