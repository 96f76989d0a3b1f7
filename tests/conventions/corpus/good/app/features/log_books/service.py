"""Services of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.api import Batch, Page, match_batch, paginate
from app.core.errors import NotFound
from app.features.log_books.models import LogBook, SearchTerm
from app.features.log_books.schemas import CatalogueQuery, LogBookOrder, LogBookQuery

FRONT_PAGE = 50

ORDERS: Mapping[LogBookOrder, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = {
    LogBookOrder.POSITION: (LogBook.position, LogBook.id),
    LogBookOrder.PRICE: (LogBook.price, LogBook.id),
    LogBookOrder.NEWEST: (LogBook.created_at.desc(), LogBook.id.desc()),
}


class LogBookNotFound(NotFound):
    """No log book has this slug."""

    code = "log_book_not_found"
    message = "No log book has this slug. GET /log-books lists the log books."


class SearchTermNotFound(NotFound):
    """The term has never been searched for."""

    code = "search_term_not_found"
    message = "This term has never been searched for."


async def list_log_books(session: AsyncSession, query: LogBookQuery) -> Page[LogBook]:
    """Return one page of the log books that are not deleted."""
    return await paginate(session, select(LogBook).where(LogBook.deleted_at.is_(None)), query)


async def read_front_page(session: AsyncSession, query: CatalogueQuery) -> list[list[str]]:
    """Return the chosen fields of the first log books."""
    statement = (
        select(LogBook)
        .where(LogBook.deleted_at.is_(None))
        .order_by(*ORDERS[query.order])
        .limit(FRONT_PAGE)
    )
    # The fields are a Literal of the request, so that getattr reads no other attribute.
    return [
        [str(getattr(log_book, field)) for field in query.fields]
        for log_book in await session.scalars(statement)
    ]


async def get_log_book(session: AsyncSession, slug: str) -> LogBook:
    """Return the log book with a slug, also one that is no longer sold.

    Raises:
        LogBookNotFound: No log book has this slug.
    """
    log_book = await session.scalar(select(LogBook).where(LogBook.slug == slug))
    if log_book is None:
        raise LogBookNotFound
    return log_book


async def look_up(session: AsyncSession, slugs: Sequence[str]) -> Batch[LogBook]:
    """Return the log books with some slugs, in one statement."""
    found = await session.scalars(select(LogBook).where(LogBook.slug.in_(slugs)))
    return match_batch(
        slugs, {log_book.slug: log_book for log_book in found}, missing=LogBookNotFound()
    )


async def count_search(session: AsyncSession, term: str) -> SearchTerm:
    """Count a search for a term and return the term."""
    counted = insert(SearchTerm).values(term=term, searches=1)
    statement = counted.on_conflict_do_update(
        index_elements=[SearchTerm.term], set_={"searches": SearchTerm.searches + 1}
    )
    return (await session.scalars(statement.returning(SearchTerm))).one()


async def forget_term(session: AsyncSession, term: str) -> None:
    """Set the number of searches for a term to zero.

    Raises:
        SearchTermNotFound: The term is unknown.
    """
    statement = (
        update(SearchTerm)
        .where(SearchTerm.term == term)
        .values(searches=0)
        .returning(SearchTerm.id)
    )
    if await session.scalar(statement) is None:
        raise SearchTermNotFound
