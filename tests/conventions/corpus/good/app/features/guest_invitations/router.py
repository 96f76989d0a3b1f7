"""Endpoints of invitations."""

from fastapi import Depends, Request, Response

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, errors, with_location
from app.core.db import Session
from app.core.guards import RateLimit
from app.features.guest_invitations import service
from app.features.guest_invitations.errors import (
    AlreadyMember,
    InvitationSpent,
    InviteeNotFound,
    WorkspaceNotFound,
)
from app.features.guest_invitations.membership import OwnedWorkspace
from app.features.guest_invitations.models import WorkspaceInvitation, WorkspaceMember
from app.features.guest_invitations.schemas import (
    InvitationAcceptance,
    InvitationIn,
    InvitationOut,
    MemberIn,
    MemberOut,
)

router = Router(
    prefix=f"{API_V1}/guest-workspaces",
    tags=["guest workspaces"],
    dependencies=[Depends(RateLimit("30/hour", name="workspace_invitations"))],
)


@router.post(
    "/{workspace_id}/invitations",
    response_model=Envelope[InvitationOut],
    status_code=201,
    responses=with_location(AlreadyMember, WorkspaceNotFound),
)
async def invite_to_workspace(
    workspace: OwnedWorkspace,
    user: CurrentUser,
    session: Session,
    new: InvitationIn,
    request: Request,
    response: Response,
) -> DataResponse[WorkspaceInvitation]:
    """Invite a person by email. A second invitation of one address replaces the first."""
    invitation = await service.invite(session, workspace, new, invited_by=user.id)
    response.headers["Location"] = f"{request.url.path}/{invitation.id}"
    return DataResponse(invitation)


@router.post(
    "/{workspace_id}/members",
    response_model=Envelope[MemberOut],
    status_code=201,
    responses=with_location(AlreadyMember, InviteeNotFound, WorkspaceNotFound),
)
async def add_workspace_member(
    workspace: OwnedWorkspace, session: Session, new: MemberIn, request: Request, response: Response
) -> DataResponse[WorkspaceMember]:
    """Make another user a member, without an email."""
    member = await service.add_member(session, workspace, new)
    response.headers["Location"] = f"{request.url.path}/{member.user_id}"
    return DataResponse(member)


@router.post(
    "/invitation-acceptances",
    response_model=Envelope[MemberOut],
    responses=errors(AlreadyMember, InvitationSpent),
)
async def accept_workspace_invitation(
    user: CurrentUser, session: Session, acceptance: InvitationAcceptance
) -> DataResponse[WorkspaceMember]:
    """Accept an invitation that was sent to your address."""
    member = await service.accept(session, acceptance.token, user_id=user.id, email=user.email)
    return DataResponse(member)
