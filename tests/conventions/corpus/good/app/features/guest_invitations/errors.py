"""Errors of workspaces and their invitations."""

from app.core.errors import BadRequest, Conflict, NotFound


class WorkspaceNotFound(NotFound):
    """The user is no member of a workspace with this id."""

    code = "workspace_not_found"
    message = "You are no member of a workspace with this id."


class InviteeNotFound(NotFound):
    """No verified user has this id."""

    code = "invitee_not_found"
    message = "No user with a verified address has this id. Invite the person by email instead."


class InvitationSpent(BadRequest):
    """The token of an invitation is unknown, used or expired."""

    code = "invitation_spent"
    message = "This invitation is invalid or expired. Ask for a new one."


class AlreadyMember(Conflict):
    """The invitee is a member already."""

    code = "already_member"
    message = "This person is a member of the workspace already."
