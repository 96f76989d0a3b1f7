"""Endpoints."""

from uuid import UUID

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, Router, errors

router = Router(prefix=f"{API_V1}/dropped-roles", tags=["dropped-roles"])


@router.delete("/{plan_id}", status_code=204, responses=errors(InsufficientRole))
async def delete_plan(_: Admin, plan_id: UUID) -> None:
    """Delete a plan. For administrators."""


@router.delete("/{plan_id}/marks", status_code=204)
async def delete_marks(_: CurrentUser, plan_id: UUID) -> None:
    """Delete your marks of a plan."""
