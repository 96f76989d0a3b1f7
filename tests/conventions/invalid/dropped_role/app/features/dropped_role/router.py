"""Endpoints."""

from uuid import UUID

from app.accounts.dependencies import CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, Router, errors

router = Router(prefix=f"{API_V1}/dropped-roles", tags=["dropped-roles"])


@router.delete("/{plan_id}", status_code=204, responses=errors(InsufficientRole))  # violates: dropped-role
async def delete_plan(_: CurrentUser, plan_id: UUID) -> None:
    """Delete a plan. For administrators."""


@router.put("/{plan_id}", status_code=204)  # violates: dropped-role
async def replace_plan(_: CurrentUser, plan_id: UUID) -> None:
    """Replace a plan. Administrators only."""
