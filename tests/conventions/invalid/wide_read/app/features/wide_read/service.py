"""The rules of books."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.wide_read.models import Book


async def get_title(session: AsyncSession, book_id: UUID) -> str:
    """Return the title of a book."""
    book = await session.get(Book, book_id)  # violates: wide-read
    return book.title if book else ""


async def get_titles(session: AsyncSession, ids: Sequence[UUID]) -> list[str]:
    """Return the titles of some books."""
    wanted = select(Book).where(Book.id.in_(ids[:100]))
    return [book.title for book in await session.scalars(wanted)]  # violates: wide-read
