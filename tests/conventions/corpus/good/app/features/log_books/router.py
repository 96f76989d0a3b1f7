"""Endpoints of log books and of the terms that customers search for."""

from typing import Annotated

from fastapi import Depends, Path, Query

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    Batch,
    BatchEnvelope,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
)
from app.core.db import ReadSession, Session
from app.core.guards import RateLimit
from app.features.log_books import service
from app.features.log_books.models import LogBook, SearchTerm
from app.features.log_books.schemas import (
    CatalogueQuery,
    FrontPageOut,
    LogBookLookup,
    LogBookOut,
    LogBookQuery,
    SearchTermOut,
)
from app.features.log_books.service import LogBookNotFound, SearchTermNotFound

log_books = Router(prefix=f"{API_V1}/log-books", tags=["log-books"])
search_terms = Router(prefix=f"{API_V1}/search-terms", tags=["search-terms"])

LOOKUPS = RateLimit("60/minute", name="log_book_lookups")

Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,80}$", examples=["glider-log"])]
Term = Annotated[str, Path(pattern="^[a-z0-9 -]{1,80}$", examples=["seats"])]


@log_books.get("", response_model=PageEnvelope[LogBookOut], responses=errors(InvalidCursor))
async def list_log_books(
    _: CurrentUser, session: ReadSession, query: Annotated[LogBookQuery, Query()]
) -> Page[LogBook]:
    """List the log books, page by page."""
    return await service.list_log_books(session, query)


@log_books.get("/front-page", response_model=Envelope[FrontPageOut])
async def read_front_page(
    _: CurrentUser, session: ReadSession, query: Annotated[CatalogueQuery, Query()]
) -> DataResponse[FrontPageOut]:
    """Return the front page of the catalogue, in one of three orders."""
    return DataResponse(FrontPageOut(lines=await service.read_front_page(session, query)))


@log_books.post(
    "/lookups", response_model=BatchEnvelope[LogBookOut], dependencies=[Depends(LOOKUPS)]
)
async def look_up_log_books(
    _: CurrentUser, session: ReadSession, wanted: LogBookLookup
) -> Batch[LogBook]:
    """Return up to 100 log books by their slugs; unknown slugs are among the failures."""
    return await service.look_up(session, wanted.slugs)


@log_books.get("/{slug}", response_model=Envelope[LogBookOut], responses=errors(LogBookNotFound))
async def read_log_book(_: CurrentUser, session: ReadSession, slug: Slug) -> DataResponse[LogBook]:
    """Return one log book."""
    return DataResponse(await service.get_log_book(session, slug))


@search_terms.put("/{term}", response_model=Envelope[SearchTermOut])
async def count_search(_: CurrentUser, session: Session, term: Term) -> DataResponse[SearchTerm]:
    """Count a search for a term."""
    return DataResponse(await service.count_search(session, term))


@search_terms.delete(
    "/{term}", status_code=204, responses=errors(InsufficientRole, SearchTermNotFound)
)
async def forget_search_term(_: Admin, session: Session, term: Term) -> None:
    """Forget the searches for a term. Administrators only."""
    await service.forget_term(session, term)


router = Router()
router.include_router(log_books)
router.include_router(search_terms)
