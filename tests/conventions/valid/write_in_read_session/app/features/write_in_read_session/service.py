"""The rules of beds."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.features.write_in_read_session.models import Bed


class BedNotFound(NotFound):
    """No bed has this id."""

    code = "bed_not_found"
    message = "There is no bed with this id."


async def get_bed(session: AsyncSession, bed_id: UUID) -> Bed:
    """Return a bed.

    Raises:
        BedNotFound: There is none with this id.
    """
    bed = await session.scalar(select(Bed).where(Bed.id == bed_id))
    if bed is None:
        raise BedNotFound
    return bed
