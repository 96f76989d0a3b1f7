"""Endpoints."""

from typing import Any

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router

router = Router(prefix=f"{API_V1}/loose-fields", tags=["loose-fields"])


class Contact(RequestModel):
    """A contact."""

    attributes: dict[str, Any] = Field(examples=[{"plan": "gold"}])  # violates: loose-field


@router.put("/first", status_code=204)
async def replace_loose_field(_: CurrentUser, contact: Contact) -> None:
    """Replace a contact."""
