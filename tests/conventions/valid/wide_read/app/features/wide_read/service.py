"""The rules of books."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from app.features.wide_read.models import Book


async def rename_book(session: AsyncSession, book_id: UUID, title: str) -> bool:
    """Change the title of a book."""
    book = await session.get(Book, book_id)
    if book is not None and book.title != title:
        book.title = title
    return book is not None


async def get_book(session: AsyncSession, title: str, book_id: UUID) -> Book | None:
    """Return a book that has this title."""
    book = await session.get(Book, book_id)
    return book if book and book.title == title else None


async def get_titles(session: AsyncSession, ids: Sequence[UUID]) -> list[str]:
    """Return the titles of some books."""
    wanted = select(Book).where(Book.id.in_(ids[:100])).options(load_only(Book.title))
    titles = await session.scalars(select(Book.title).where(Book.id.in_(ids[:100])))
    return [*titles, *[book.title for book in await session.scalars(wanted)]]
