"""The rules of notes."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unindexable_filter.models import FoldedNote


async def find_note(session: AsyncSession, slug: str) -> UUID | None:
    """Return the note with this slug, in any case."""
    same = func.lower(FoldedNote.slug) == slug.lower()
    found: UUID | None = await session.scalar(select(FoldedNote.id).where(same))
    return found or await session.scalar(
        select(FoldedNote.id).where(func.lower(FoldedNote.slug) == slug.lower())
    )


async def complete_title(session: AsyncSession, begun: str) -> list[UUID]:
    """Return some notes with this prefix of the title, or with the label."""
    titled = select(FoldedNote.id).where(FoldedNote.title.like(f"{begun}%")).limit(20)
    labelled = select(FoldedNote.id).where(FoldedNote.labels.contains({"label": begun})).limit(20)
    return [*await session.scalars(titled), *await session.scalars(labelled)]
