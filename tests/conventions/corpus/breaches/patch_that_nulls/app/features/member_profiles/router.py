"""Endpoints of profiles."""

from uuid import UUID

from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.features.member_profiles import service
from app.features.member_profiles.errors import MemberNotFound
from app.features.member_profiles.models import MemberProfile
from app.features.member_profiles.schemas import MemberOut, MemberPatch

router = Router(prefix=f"{API_V1}/member-profiles", tags=["member-profiles"])


@router.patch("/{member_id}", response_model=Envelope[MemberOut], responses=errors(MemberNotFound))
async def change_member(
    session: OwnSession, member_id: UUID, changes: MemberPatch
) -> DataResponse[MemberProfile]:
    """Change a profile."""
    return DataResponse(await service.change_member(session, member_id, changes))


@router.patch(
    "/{member_id}/place", response_model=Envelope[MemberOut], responses=errors(MemberNotFound)
)
async def relocate_member(
    session: OwnSession, member_id: UUID, changes: MemberPatch
) -> DataResponse[MemberProfile]:
    """Change where the member is."""
    return DataResponse(await service.relocate_member(session, member_id, changes))


@router.patch(
    "/{member_id}/name", response_model=Envelope[MemberOut], responses=errors(MemberNotFound)
)
async def rename_member(
    session: OwnSession, member_id: UUID, changes: MemberPatch
) -> DataResponse[MemberProfile]:
    """Change the name of the member."""
    return DataResponse(await service.rename_member(session, member_id, changes))


@router.patch(
    "/{member_id}/history", response_model=Envelope[MemberOut], responses=errors(MemberNotFound)
)
async def restore_member(
    session: OwnSession, member_id: UUID, changes: MemberPatch
) -> DataResponse[MemberProfile]:
    """Restore a former version of a profile."""
    return DataResponse(await service.restore_member(session, member_id, changes))
