"""Endpoints of add-ons and of the terms that customers search for."""

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
from app.features.addon_catalogue import service
from app.features.addon_catalogue.models import AddOn, SearchTerm
from app.features.addon_catalogue.schemas import (
    AddOnLookup,
    AddOnOut,
    AddOnQuery,
    CatalogueQuery,
    FrontPageOut,
    SearchTermOut,
)
from app.features.addon_catalogue.service import AddOnNotFound, SearchTermNotFound

add_ons = Router(prefix=f"{API_V1}/add-ons", tags=["add-ons"])
search_terms = Router(prefix=f"{API_V1}/search-terms", tags=["search-terms"])

LOOKUPS = RateLimit("60/minute", name="add_on_lookups")

Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,80}$", examples=["more-seats"])]
Term = Annotated[str, Path(pattern="^[a-z0-9 -]{1,80}$", examples=["seats"])]


@add_ons.get("", response_model=PageEnvelope[AddOnOut], responses=errors(InvalidCursor))
async def list_add_ons(
    _: CurrentUser, session: ReadSession, query: Annotated[AddOnQuery, Query()]
) -> Page[AddOn]:
    """List the add-ons, page by page."""
    return await service.list_add_ons(session, query)


@add_ons.get("/front-page", response_model=Envelope[FrontPageOut])
async def read_front_page(
    _: CurrentUser, session: ReadSession, query: Annotated[CatalogueQuery, Query()]
) -> DataResponse[FrontPageOut]:
    """Return the front page of the catalogue, in one of three orders."""
    return DataResponse(FrontPageOut(lines=await service.read_front_page(session, query)))


@add_ons.post(
    "/lookups", response_model=BatchEnvelope[AddOnOut], dependencies=[Depends(LOOKUPS)]
)
async def look_up_add_ons(
    _: CurrentUser, session: ReadSession, wanted: AddOnLookup
) -> Batch[AddOn]:
    """Return up to 100 add-ons by their slugs; unknown slugs are among the failures."""
    return await service.look_up(session, wanted.slugs)


@add_ons.get("/{slug}", response_model=Envelope[AddOnOut], responses=errors(AddOnNotFound))
async def read_add_on(_: CurrentUser, session: ReadSession, slug: Slug) -> DataResponse[AddOn]:
    """Return one add-on."""
    return DataResponse(await service.get_add_on(session, slug))


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
router.include_router(add_ons)
router.include_router(search_terms)
