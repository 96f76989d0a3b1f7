"""The rules of notes."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.offset_pagination.models import PagedNote


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text."""

    character: int

    def offset(self, by: int) -> "Place":
        """Return the place that lies so much further on."""
        return Place(self.character + by)


async def list_notes(session: AsyncSession, *, after: UUID) -> list[PagedNote]:
    """Return the notes behind one of them."""
    following = select(PagedNote).where(PagedNote.id > after).order_by(PagedNote.id)
    return list(await session.scalars(following.limit(Place(40).offset(10).character)))
