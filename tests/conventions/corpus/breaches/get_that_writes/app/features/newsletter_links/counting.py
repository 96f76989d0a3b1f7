"""Counting of clicks."""

from uuid import UUID

from sqlalchemy import update

from app.core.db import AsyncSessionLocal
from app.features.newsletter_links.models import NewsletterLink


async def count_click(link_id: UUID) -> str | None:
    """Count a click and return the label of its link."""
    statement = (
        update(NewsletterLink)
        .where(NewsletterLink.id == link_id)
        .values(clicks=NewsletterLink.clicks + 1)
        .returning(NewsletterLink.label)
    )
    async with AsyncSessionLocal.begin() as session:  # breach: get-that-writes
        return await session.scalar(statement)
