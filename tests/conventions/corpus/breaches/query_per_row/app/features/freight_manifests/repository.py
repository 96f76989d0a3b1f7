"""Statements on consignees."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.freight_manifests.models import Consignee, Consignment


class Consignees:
    """The consignees, in the session of one request."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self.session = session

    async def by_id(self, consignee_id: UUID) -> Consignee | None:
        """Return a consignee."""
        return await self.session.get(Consignee, consignee_id)

    async def by_code(self, code: str) -> Consignee | None:
        """Return the consignee with a code of the carrier."""
        found: Consignee | None = await self.session.scalar(
            select(Consignee).where(Consignee.code == code)
        )
        return found


async def weight_of(session: AsyncSession, manifest_id: UUID) -> float:
    """Return the weight of a manifest in kilograms."""
    total = select(func.sum(Consignment.weight_kg)).where(Consignment.manifest_id == manifest_id)
    return float(await session.scalar(total) or 0)
