"""Endpoints of the search."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.db import ReadSession
from app.core.guards import RateLimit
from app.features.knowledge_search import service
from app.features.knowledge_search.models import SavedSearch
from app.features.knowledge_search.schemas import (
    HitsOut,
    SearchQuery,
    SearchTermIn,
    SearchTermOut,
    TitleQuery,
    TitlesOut,
)

_searches = RateLimit("60/minute", name="knowledge_searches")

articles = APIRouter(prefix="/knowledge-articles", dependencies=[Depends(_searches)])
router = Router(prefix=API_V1, tags=["knowledge base"])


@articles.get("", response_model=Envelope[HitsOut])
async def search_articles(
    session: ReadSession, query: Annotated[SearchQuery, Query()]
) -> DataResponse[service.Hits]:
    """Search the published articles."""
    return DataResponse(await service.search(session, query))


@articles.get("/titles", response_model=Envelope[TitlesOut])
async def find_article_titles(
    session: ReadSession, query: Annotated[TitleQuery, Query()]
) -> DataResponse[service.Titles]:
    """Return titles that complete the text in a search box."""
    return DataResponse(await service.find_titles(session, query.part))


@router.put("/search-terms", response_model=Envelope[SearchTermOut])
async def save_search_terms(
    user: CurrentUser, session: OwnSession, new: SearchTermIn
) -> DataResponse[SavedSearch]:
    """Save terms to search for again; saving them twice changes nothing."""
    return DataResponse(await service.save_terms(session, new.terms, owner_id=user.id))


router.include_router(articles)
