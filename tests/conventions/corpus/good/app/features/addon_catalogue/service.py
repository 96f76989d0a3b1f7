"""Services of the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.api import Batch, Page, match_batch, paginate
from app.core.errors import NotFound
from app.features.addon_catalogue.models import AddOn, SearchTerm
from app.features.addon_catalogue.schemas import AddOnOrder, AddOnQuery, CatalogueQuery

FRONT_PAGE = 50

ORDERS: Mapping[AddOnOrder, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = {
    AddOnOrder.POSITION: (AddOn.position, AddOn.id),
    AddOnOrder.PRICE: (AddOn.monthly_price, AddOn.id),
    AddOnOrder.NEWEST: (AddOn.created_at.desc(), AddOn.id.desc()),
}


class AddOnNotFound(NotFound):
    """No add-on has this slug."""

    code = "add_on_not_found"
    message = "No add-on has this slug. GET /add-ons lists the add-ons."


class SearchTermNotFound(NotFound):
    """Nobody has searched for this term."""

    code = "search_term_not_found"
    message = "Nobody has searched for this term."


async def list_add_ons(session: AsyncSession, query: AddOnQuery) -> Page[AddOn]:
    """Return one page of the add-ons that are not deleted."""
    return await paginate(session, select(AddOn).where(AddOn.deleted_at.is_(None)), query)


async def read_front_page(session: AsyncSession, query: CatalogueQuery) -> list[list[str]]:
    """Return the chosen fields of the first add-ons."""
    statement = (
        select(AddOn)
        .where(AddOn.deleted_at.is_(None))
        .order_by(*ORDERS[query.order])
        .limit(FRONT_PAGE)
    )
    # The fields are a Literal of the request, so that getattr reads no other attribute.
    return [
        [str(getattr(add_on, field)) for field in query.fields]
        for add_on in await session.scalars(statement)
    ]


async def get_add_on(session: AsyncSession, slug: str) -> AddOn:
    """Return the add-on with a slug, which stays readable after its end.

    Raises:
        AddOnNotFound: No add-on has this slug.
    """
    add_on = await session.scalar(select(AddOn).where(AddOn.slug == slug))
    if add_on is None:
        raise AddOnNotFound
    return add_on


async def look_up(session: AsyncSession, slugs: Sequence[str]) -> Batch[AddOn]:
    """Return the add-ons with some slugs, in one statement."""
    found = await session.scalars(select(AddOn).where(AddOn.slug.in_(slugs)))
    return match_batch(slugs, {add_on.slug: add_on for add_on in found}, missing=AddOnNotFound())


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
        SearchTermNotFound: Nobody has searched for it.
    """
    statement = (
        update(SearchTerm)
        .where(SearchTerm.term == term)
        .values(searches=0)
        .returning(SearchTerm.id)
    )
    if await session.scalar(statement) is None:
        raise SearchTermNotFound
