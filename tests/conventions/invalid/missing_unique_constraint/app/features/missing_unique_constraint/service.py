"""The search for berths."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.missing_unique_constraint.models import Berth, Harbour


def _with_code(locode: str) -> Select[Harbour]:
    return select(Harbour).filter_by(locode=locode)


async def find_harbour(session: AsyncSession, locode: str) -> Harbour | None:
    """Return the harbour with a code."""
    rows = await session.execute(_with_code(locode))
    return rows.scalars().one_or_none()


async def berth_id(session: AsyncSession, harbour_id: UUID, number: int) -> UUID:
    """Return the berth with a number."""
    berth = select(Berth.id).where(Berth.harbour_id == harbour_id).where(number == Berth.number)
    return (await session.execute(berth)).scalar_one()
