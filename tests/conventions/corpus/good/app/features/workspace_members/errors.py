"""Errors of requests for workspaces.

NotFound
├─ WorkspaceNotFound     404
└─ MemberNotFoundHere    404
"""

from app.core.errors import NotFound


class WorkspaceNotFound(NotFound):
    """The user has no workspace with this id."""

    code = "workspace_not_found"
    message = "You have no workspace with this id."


class MemberNotFoundHere(NotFound):
    """The workspace has no such member."""

    code = "workspace_member_not_found"
    message = "The workspace has no such member."
