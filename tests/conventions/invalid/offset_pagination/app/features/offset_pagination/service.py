"""The rules of notes."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.offset_pagination.models import PagedNote


async def list_notes(session: AsyncSession, page: int) -> list[PagedNote]:
    """Return a page of the notes."""
    notes = select(PagedNote).order_by(PagedNote.id)
    rows = await session.scalars(notes.offset(page * 50).limit(50))  # violates: offset-pagination
    return list(rows)
