"""Endpoints."""

from typing import Annotated

from fastapi import Header

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router

router = Router(prefix=f"{API_V1}/unlimited-headers", tags=["unlimited-headers"])


@router.put("/first", status_code=204)
async def replace_unlimited_header(
    _: CurrentUser,
    x_site: Annotated[str, Header(max_length=20, examples=["hall-3"])],
    x_count: Annotated[int, Header(le=20, examples=[3])],
) -> None:
    """Replace a site."""
