"""Statements on tenders and bids."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.tender_bids.models import Tender
from app.features.tender_bids.saving import Saving


class Tenders(Saving):
    """The tenders, in the session of one request."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self.db = session

    async def get(self, tender_id: UUID) -> Tender | None:
        """Return a tender."""
        return await self.db.get(Tender, tender_id)
