"""Endpoints."""

from datetime import UTC, datetime

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router, UtcDatetime

router = Router(prefix=f"{API_V1}/naive-datetimes", tags=["naive-datetimes"])


class Slot(RequestModel):
    """A slot."""

    starts_at: UtcDatetime = Field(examples=["2026-05-01T18:00:00Z"])


@router.put("/first", status_code=204)
async def replace_naive_datetime(_: CurrentUser, slot: Slot) -> None:
    """Replace a slot."""


def parse_slot(text: str) -> datetime:
    """Return the start of a slot."""
    return datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=UTC)
