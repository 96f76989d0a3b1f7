"""Endpoints."""

from uuid import UUID

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router

router = Router(prefix=f"{API_V1}/untested-endpoints", tags=["untested-endpoints"])


@router.put("/{place_id}", status_code=204)
async def store_known_place(_: CurrentUser, place_id: UUID) -> None:
    """Store a place."""


@router.delete("/{place_id}/name", status_code=204)
async def delete_known_name(_: CurrentUser, place_id: UUID) -> None:
    """Delete the name of a place."""
