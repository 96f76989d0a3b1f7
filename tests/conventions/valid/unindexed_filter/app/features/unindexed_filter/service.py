"""The rules of notes."""

from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unindexed_filter.models import OwnNote, SlugNote


async def find_note(session: AsyncSession, slug: str) -> SlugNote | None:
    """Return the unread note with this slug."""
    statement = select(SlugNote).where(SlugNote.slug == slug)
    note: SlugNote | None = await session.scalar(statement.where(SlugNote.read_at.is_(None)))
    return note


async def paint_note(session: AsyncSession, note_id: UUID, *, old: str, new: str) -> None:
    """Change the colour of a note, unless another user has."""
    mine = (SlugNote.id == note_id, SlugNote.colour == old)
    await session.execute(update(SlugNote).where(*mine).values(colour=new))
    await session.execute(update(SlugNote).where(_is_it(note_id), SlugNote.colour != new))


async def find_own_note(session: AsyncSession, colour: str) -> OwnNote | None:
    """Return a note of this colour, in the session of its owner."""
    wanted = select(OwnNote).where(OwnNote.colour == colour)
    note: OwnNote | None = await session.scalar(wanted.limit(1))
    return note


def _is_it(note_id: UUID) -> ColumnElement[bool]:
    return SlugNote.id == note_id
