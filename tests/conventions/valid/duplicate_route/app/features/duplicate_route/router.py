"""Endpoints."""

from uuid import UUID

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router

router = Router(prefix=f"{API_V1}/duplicate-routes", tags=["duplicate-routes"])


@router.put("/{plan_id}", status_code=204)
async def replace_duplicate(_: CurrentUser, plan_id: UUID) -> None:
    """Replace a plan."""


@router.delete("/{plan_id}", status_code=204)
async def delete_duplicate(_: CurrentUser, plan_id: UUID) -> None:
    """Delete a plan."""
