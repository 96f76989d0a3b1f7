"""Services of the search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, SQLColumnExpression, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import OwnerSession
from app.features.knowledge_search.models import KnowledgeArticle, SavedSearch
from app.features.knowledge_search.schemas import HitOrder, SearchQuery

MAX_TITLES = 10
HEADLINE = "MaxFragments=1, MaxWords=20, MinWords=8"

_ORDERS: Mapping[HitOrder, Sequence[SQLColumnExpression[Any]]] = MappingProxyType(
    {
        HitOrder.RELEVANCE: (literal_column("rank").desc(), KnowledgeArticle.id),
        HitOrder.NEWEST: (KnowledgeArticle.published_at.desc(), KnowledgeArticle.id),
        HitOrder.TITLE: (KnowledgeArticle.title, KnowledgeArticle.id),
    }
)


@dataclass(frozen=True, slots=True)
class Hits:
    """The best hits of a search."""

    terms: str
    hits: Sequence[Row[str, str, str, float]]


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles that contain a text."""

    titles: Sequence[str]


async def search(session: AsyncSession, query: SearchQuery) -> Hits:
    """Return the published articles that contain the terms, the best ones first."""
    statement = _matching(query.terms).order_by(*_ORDERS[query.order]).limit(query.limit)
    return Hits(query.terms, (await session.execute(statement)).all())


def _matching(terms: str) -> Select[str, str, str, float]:
    wanted = func.websearch_to_tsquery("english", terms)
    return select(
        KnowledgeArticle.slug,
        KnowledgeArticle.title,
        func.ts_headline("english", KnowledgeArticle.text, wanted, HEADLINE).label("excerpt"),
        func.ts_rank(KnowledgeArticle.words, wanted).label("rank"),
    ).where(
        KnowledgeArticle.words.bool_op("@@")(wanted),
        KnowledgeArticle.published_at.is_not(None),
    )


async def find_titles(session: AsyncSession, part: str) -> Titles:
    """Return titles with this text in them; `%` and `_` stand for themselves."""
    statement = (
        select(KnowledgeArticle.title)
        .where(
            KnowledgeArticle.title.icontains(part, autoescape=True),
            KnowledgeArticle.published_at.is_not(None),
        )
        .order_by(func.length(KnowledgeArticle.title))
        .limit(MAX_TITLES)
    )
    return Titles((await session.scalars(statement)).all())


async def save_terms(session: OwnerSession, terms: str, *, owner_id: UUID) -> SavedSearch:
    """Save terms; the same terms are saved once."""
    statement = insert(SavedSearch).values(owner_id=owner_id, terms=terms)
    saved = await session.scalars(
        statement.on_conflict_do_update(
            index_elements=["owner_id", "terms"], set_={"terms": statement.excluded.terms}
        ).returning(SavedSearch)
    )
    return saved.one()
