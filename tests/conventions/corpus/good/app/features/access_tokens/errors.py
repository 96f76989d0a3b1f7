"""Errors of requests for tokens.

Unauthorized
└─ AccessTokenInvalid    401
NotFound
└─ AccessTokenNotFound   404
Conflict
└─ TooManyAccessTokens   409
"""

from app.core.errors import Conflict, NotFound, Unauthorized


class AccessTokenInvalid(Unauthorized):
    """The token is unknown or has expired."""

    code = "access_token_invalid"
    message = "The token is unknown or has expired. Create another one."


class AccessTokenNotFound(NotFound):
    """The user has no token with this id."""

    code = "access_token_not_found"
    message = "You have no token with this id. GET /access-tokens lists your tokens."


class TooManyAccessTokens(Conflict):
    """The user has as many tokens as allowed."""

    code = "too_many_access_tokens"
    message = "You have as many tokens as allowed. Delete one first."
