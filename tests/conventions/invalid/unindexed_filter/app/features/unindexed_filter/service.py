"""The rules of notes."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unindexed_filter.models import SlugNote


async def find_note(session: AsyncSession, slug: str) -> SlugNote | None:
    """Return the note with this slug."""
    statement = select(SlugNote).where(SlugNote.slug == slug)  # violates: unindexed-filter
    note: SlugNote | None = await session.scalar(statement)
    return note


async def recolour(session: AsyncSession, *, old: str, new: str) -> bool:
    """Paint a note of one colour in another."""
    painted = (
        update(SlugNote)
        .filter_by(colour=old)  # violates: unindexed-filter
        .values(colour=new)
        .returning(SlugNote.id)
    )
    return await session.scalar(painted) is not None


async def list_by_colour(session: AsyncSession) -> list[SlugNote]:
    """Return some notes, those of one colour side by side."""
    notes = select(SlugNote).order_by(SlugNote.colour).limit(20)  # violates: unindexed-filter
    return list(await session.scalars(notes))
