"""Endpoints of workspaces and their members."""

from uuid import UUID

from fastapi import Depends

from app.accounts.errors import UserNotFound
from app.core.api import (
    API_V1,
    Batch,
    BatchEnvelope,
    DataResponse,
    Envelope,
    Router,
    errors,
    match_batch,
)
from app.core.guards import RateLimit
from app.features.workspace_members.errors import MemberNotFoundHere, WorkspaceNotFound
from app.features.workspace_members.models import Workspace, WorkspaceMember
from app.features.workspace_members.repository import Workspaces
from app.features.workspace_members.schemas import (
    InvitationIn,
    MemberOut,
    RemovalIn,
    RemovedMemberOut,
    WorkspaceIn,
    WorkspaceOut,
    WorkspacePatch,
)

router = Router(
    prefix=f"{API_V1}/workspaces",
    tags=["workspaces"],
    dependencies=[Depends(RateLimit("60/minute", name="workspaces"))],
)


@router.patch(
    "/{workspace_id}", response_model=Envelope[WorkspaceOut], responses=errors(WorkspaceNotFound)
)
async def change_workspace(
    workspaces: Workspaces, workspace_id: UUID, changes: WorkspacePatch
) -> DataResponse[Workspace]:
    """Change the name or the description of a workspace."""
    return DataResponse(await workspaces.change(workspace_id, changes))


@router.put(
    "/{workspace_id}",
    response_model=Envelope[WorkspaceOut],
    responses=errors(WorkspaceNotFound),
)
async def replace_workspace(
    workspaces: Workspaces, workspace_id: UUID, new: WorkspaceIn
) -> DataResponse[Workspace]:
    """Replace a workspace; a description that is null is removed."""
    return DataResponse(await workspaces.replace(workspace_id, new))


@router.put(
    "/{workspace_id}/members",
    response_model=BatchEnvelope[MemberOut],
    responses=errors(WorkspaceNotFound),
)
async def invite_members(
    workspaces: Workspaces, workspace_id: UUID, new: InvitationIn
) -> Batch[WorkspaceMember]:
    """Invite up to 50 users to a workspace; those who are members get their new role.

    Users who do not exist are among the failures.
    """
    members = await workspaces.invite(workspace_id, new.invitees)
    wanted = [invitee.user_id for invitee in new.invitees]
    return match_batch(wanted, members, missing=UserNotFound())


@router.post("/{workspace_id}/member-removals", response_model=BatchEnvelope[RemovedMemberOut])
async def remove_members(
    workspaces: Workspaces, workspace_id: UUID, removal: RemovalIn
) -> Batch[RemovedMemberOut]:
    """Remove up to 100 members from a workspace; unknown ids are among the failures."""
    removed = await workspaces.remove(workspace_id, removal.member_ids)
    found = {member_id: RemovedMemberOut(id=member_id) for member_id in removed}
    return match_batch(removal.member_ids, found, missing=MemberNotFoundHere())
