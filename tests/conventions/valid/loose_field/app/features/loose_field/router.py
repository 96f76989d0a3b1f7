"""Endpoints."""

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router, ShortText

router = Router(prefix=f"{API_V1}/loose-fields", tags=["loose-fields"])


class Contact(RequestModel):
    """A contact."""

    attributes: dict[ShortText, ShortText] = Field(max_length=20, examples=[{"plan": "gold"}])


@router.put("/first", status_code=204)
async def replace_loose_field(_: CurrentUser, contact: Contact) -> None:
    """Replace a contact."""
