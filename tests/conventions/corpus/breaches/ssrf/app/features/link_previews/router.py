"""Endpoints of previews."""

from typing import Annotated

from fastapi import Depends, Query

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.link_previews.clients import PageRenderer
from app.features.link_previews.fetching import AvatarFetcher, fetch_page, is_reachable
from app.features.link_previews.schemas import AuthorQuery, PreviewIn, PreviewOut

PREVIEWS = [Depends(RateLimit("20/minute", name="link_previews"))]

router = Router(
    prefix=f"{API_V1}/link-previews",
    tags=["link-previews"],
    dependencies=PREVIEWS,
    responses=errors(*UPSTREAM_ERRORS),
)


@router.post("", response_model=Envelope[PreviewOut])
async def preview_link(_: CurrentUser, preview: PreviewIn) -> DataResponse[PreviewOut]:
    """Return a preview of a page."""
    return DataResponse(PreviewOut(size=len(await fetch_page(preview.url))))


@router.post("/checks", response_model=Envelope[PreviewOut])
async def check_link(_: CurrentUser, preview: PreviewIn) -> DataResponse[PreviewOut]:
    """Return whether a page can be reached."""
    return DataResponse(PreviewOut(size=int(await is_reachable(preview))))


@router.post("/pictures", response_model=Envelope[PreviewOut])
async def picture_link(_: CurrentUser, preview: PreviewIn) -> DataResponse[PreviewOut]:
    """Return the size of a picture of a page."""
    return DataResponse(PreviewOut(size=len(await get(PageRenderer).render(preview.url))))


@router.get("/authors", response_model=Envelope[PreviewOut])
async def read_author(
    _: CurrentUser, query: Annotated[AuthorQuery, Query()]
) -> DataResponse[PreviewOut]:
    """Return the size of an author's picture."""
    return DataResponse(PreviewOut(size=len(await AvatarFetcher(query.handle).fetch())))
