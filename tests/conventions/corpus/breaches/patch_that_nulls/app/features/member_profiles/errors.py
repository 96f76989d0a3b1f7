"""Errors of requests for profiles.

NotFound
└─ MemberNotFound        404
"""

from app.core.errors import NotFound


class MemberNotFound(NotFound):
    """The user has no profile with this id."""

    code = "member_not_found"
    message = "You have no profile with this id."
