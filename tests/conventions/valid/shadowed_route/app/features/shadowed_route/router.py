"""Endpoints."""

from uuid import UUID

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router, ShortText

router = Router(prefix=f"{API_V1}/shadowed-routes", tags=["shadowed-routes"])


@router.put("/mine", status_code=204)
async def replace_own(_: CurrentUser) -> None:
    """Replace your own plan."""


@router.put("/{code}", status_code=204)
async def replace_shadowed(_: CurrentUser, code: ShortText) -> None:
    """Replace a plan."""


@router.delete("/{plan_id}", status_code=204)
async def delete_shadowed(_: CurrentUser, plan_id: UUID) -> None:
    """Delete a plan."""


@router.delete("/all", status_code=204)
async def delete_all_shadowed(_: CurrentUser) -> None:
    """Delete every plan."""
