"""Storing an event of a vendor once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.vendor_hooks.models import VendorEvent


async def store_event(
    session: AsyncSession,
    vendor: str,
    event_id: str,
    body: Mapping[str, Any],
    *,
    happened_at: datetime,
) -> bool:
    """Store an event, and return whether it is new."""
    statement = (
        insert(VendorEvent)
        .values(vendor=vendor, event_id=event_id, body=dict(body), happened_at=happened_at)
        .on_conflict_do_nothing()
        .returning(VendorEvent.event_id)
    )
    return await session.scalar(statement) is not None
