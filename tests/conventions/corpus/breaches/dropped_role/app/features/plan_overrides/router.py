"""Endpoints of exceptions from plans; for administrators only."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.accounts.dependencies import Admin, CurrentUser, require_role
from app.accounts.errors import InsufficientRole
from app.accounts.models import Role
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.features.plan_overrides.access import Staff, StaffOnly
from app.features.plan_overrides.schemas import OverrideIn, OverrideOut

router = Router(prefix=f"{API_V1}/admin/plan-overrides", tags=["plan-overrides"])


@router.get("/{plan_id}", response_model=Envelope[OverrideOut], responses=errors(InsufficientRole))
async def read_override(_: Admin, plan_id: UUID) -> DataResponse[OverrideOut]:
    """Return the exception of a customer. Administrators only."""
    return DataResponse(OverrideOut(seats=plan_id.version or 0))


# breach: dropped-role
@router.put("/{plan_id}", response_model=Envelope[OverrideOut], responses=errors(InsufficientRole))
async def change_override(
    _: CurrentUser, plan_id: UUID, new: OverrideIn
) -> DataResponse[OverrideOut]:
    """Change the exception of a customer. Administrators only."""
    return DataResponse(OverrideOut(seats=new.seats + (plan_id.version or 0)))


@router.get(
    "/{plan_id}/seats", response_model=Envelope[OverrideOut], responses=errors(InsufficientRole)
)
async def read_seats(_: Staff, plan_id: UUID) -> DataResponse[OverrideOut]:
    """Return the seats of a customer. Administrators only."""
    return DataResponse(OverrideOut(seats=plan_id.version or 0))


# breach: dropped-role
@router.put("/{plan_id}/seats", response_model=Envelope[OverrideOut])
async def change_seats(
    staff: Annotated[StaffOnly, Depends()], plan_id: UUID, new: OverrideIn
) -> DataResponse[OverrideOut]:
    """Change the seats of a customer. Administrators only."""
    seats = new.seats if staff.user.verified_at else plan_id.version
    return DataResponse(OverrideOut(seats=seats or 0))


# breach: dropped-role
@router.delete("/{plan_id}/seats", status_code=204, responses=errors(InsufficientRole))
async def drop_seats(_: CurrentUser, plan_id: UUID) -> None:
    """Remove the exception for the seats of a customer."""
    require_role(Role.ADMIN)
