"""The dependency that finds the workspace of a request, and checks the role of its user in it."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import bindparam, select

from app.accounts.dependencies import CurrentUser
from app.core.db import ReadSession
from app.features.guest_invitations.errors import WorkspaceNotFound
from app.features.guest_invitations.models import MemberRole, WorkspaceMember

_ROLE = select(WorkspaceMember.role).where(
    WorkspaceMember.workspace_id == bindparam("workspace_id"),
    WorkspaceMember.user_id == bindparam("user_id"),
)


def workspace_of_member(*roles: MemberRole) -> Callable[..., Awaitable[UUID]]:
    """Return a dependency that gives the id of the workspace in the path to its members.

    Args:
        roles: The roles that may use the route; every member if there are none.
    """

    async def find(workspace_id: UUID, user: CurrentUser, session: ReadSession) -> UUID:
        role = await session.scalar(_ROLE, {"workspace_id": workspace_id, "user_id": user.id})
        if role is None or (roles and role not in roles):
            raise WorkspaceNotFound
        return workspace_id

    return find


OwnedWorkspace = Annotated[UUID, Depends(workspace_of_member(MemberRole.OWNER))]
