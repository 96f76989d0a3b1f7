"""The rules of notes."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unindexable_filter.models import FoldedNote


async def find_note(session: AsyncSession, slug: str) -> UUID | None:
    """Return the note with this slug, in any case."""
    folded = func.lower(FoldedNote.slug) == slug.lower()  # built beside the statement: not seen
    known: UUID | None = await session.scalar(
        select(FoldedNote.id).where(
            func.lower(FoldedNote.slug) == slug.lower()  # violates: unindexable-filter
        )
    )
    return known if known is None else await session.scalar(select(FoldedNote.id).where(folded))


async def search_notes(session: AsyncSession, word: str) -> list[UUID]:
    """Return some notes with this word in their slug."""
    where = select(FoldedNote.id).where(
        FoldedNote.slug.like(f"%{word}%")  # violates: unindexable-filter
    )
    return list(await session.scalars(where.limit(20)))
