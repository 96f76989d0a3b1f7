"""The rules of beds."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.features.write_in_read_session.models import Bed


class BedNotFound(NotFound):
    """No bed has this id."""

    code = "bed_not_found"
    message = "There is no bed with this id."


async def rename_bed(session: AsyncSession, bed_id: UUID, title: str) -> Bed:
    """Change the title of a bed.

    Raises:
        BedNotFound: There is none with this id.
    """
    renamed = update(Bed).where(Bed.id == bed_id).values(title=title).returning(Bed)
    bed = await session.scalar(renamed)
    if bed is None:
        raise BedNotFound
    return bed
