"""Endpoints of rosters."""

from uuid import UUID

from fastapi import Depends

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.guards import RateLimit
from app.features.clinic_rosters.schemas import RosterIn, RosterOut
from app.features.clinic_rosters.service import Planner

router = Router(
    prefix=f"{API_V1}/clinic-rosters",
    tags=["rosters"],
    dependencies=[Depends(RateLimit("30/minute"))],
)


@router.put("/{ward_id}", response_model=Envelope[RosterOut], responses=errors(InsufficientRole))
async def plan_roster(
    _: Admin, planner: Planner, ward_id: UUID, roster: RosterIn
) -> DataResponse[RosterOut]:
    """Replace the shifts of a ward on one day. Administrators only."""
    return DataResponse(await planner.plan(ward_id, roster))
