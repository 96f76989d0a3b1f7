"""Errors of requests for studios.

NotFound
├─ StudioNotFound     404
└─ MemberNotFoundHere    404
"""

from app.core.errors import NotFound


class StudioNotFound(NotFound):
    """The user has no studio with this id."""

    code = "studio_not_found"
    message = "You have no studio with this id."


class MemberNotFoundHere(NotFound):
    """The studio has no such member."""

    code = "studio_member_not_found"
    message = "The studio has no such member."
