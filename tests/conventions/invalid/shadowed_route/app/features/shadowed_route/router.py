"""Endpoints."""

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router, ShortText

router = Router(prefix=f"{API_V1}/shadowed-routes", tags=["shadowed-routes"])


@router.put("/{code}", status_code=204)
async def replace_shadowed(_: CurrentUser, code: ShortText) -> None:
    """Replace a plan."""


@router.put("/mine", status_code=204)  # violates: shadowed-route
async def replace_own(_: CurrentUser) -> None:
    """Replace your own plan."""
