"""Endpoints of studios and their members."""

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
from app.features.studio_members.errors import MemberNotFoundHere, StudioNotFound
from app.features.studio_members.models import Studio, StudioMember
from app.features.studio_members.repository import Studios
from app.features.studio_members.schemas import (
    InvitationIn,
    MemberOut,
    RemovalIn,
    RemovedMemberOut,
    StudioIn,
    StudioOut,
    StudioPatch,
)

router = Router(
    prefix=f"{API_V1}/studios",
    tags=["studios"],
    dependencies=[Depends(RateLimit("60/minute", name="studios"))],
)


@router.patch("/{studio_id}", response_model=Envelope[StudioOut], responses=errors(StudioNotFound))
async def change_studio(
    studios: Studios, studio_id: UUID, changes: StudioPatch
) -> DataResponse[Studio]:
    """Change the name or the description of a studio."""
    return DataResponse(await studios.change(studio_id, changes))


@router.put(
    "/{studio_id}",
    response_model=Envelope[StudioOut],
    responses=errors(StudioNotFound),
)
async def replace_studio(studios: Studios, studio_id: UUID, new: StudioIn) -> DataResponse[Studio]:
    """Replace a studio; a description that is null is removed."""
    return DataResponse(await studios.replace(studio_id, new))


@router.put(
    "/{studio_id}/members",
    response_model=BatchEnvelope[MemberOut],
    responses=errors(StudioNotFound),
)
async def invite_members(
    studios: Studios, studio_id: UUID, new: InvitationIn
) -> Batch[StudioMember]:
    """Invite up to 50 users to a studio; those who are members get their new role.

    Users who do not exist are among the failures.
    """
    members = await studios.invite(studio_id, new.invitees)
    wanted = [invitee.user_id for invitee in new.invitees]
    return match_batch(wanted, members, missing=UserNotFound())


@router.post("/{studio_id}/member-removals", response_model=BatchEnvelope[RemovedMemberOut])
async def remove_members(
    studios: Studios, studio_id: UUID, removal: RemovalIn
) -> Batch[RemovedMemberOut]:
    """Remove up to 100 members from a studio; unknown ids are among the failures."""
    removed = await studios.remove(studio_id, removal.member_ids)
    found = {member_id: RemovedMemberOut(id=member_id) for member_id in removed}
    return match_batch(removal.member_ids, found, missing=MemberNotFoundHere())
