"""Endpoints of short links."""

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse as Redirect
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router
from app.features.campaign_links.redirects import Landing, back

router = Router(prefix=f"{API_V1}/campaign-links", tags=["campaign-links"])


class LandingQuery(RequestModel):
    """The page of a campaign."""

    next: str = Field(max_length=2000, examples=["/spring"])


@router.get("/first", response_model=None)
async def follow_campaign(_: CurrentUser, query: Annotated[LandingQuery, Query()]) -> Redirect:
    """Redirect to the page of a campaign."""
    target = query.next or "/"
    return Redirect(target)  # breach: open-redirect


@router.get("/landing", response_model=None)
async def land(_: CurrentUser, query: Annotated[LandingQuery, Query()]) -> Response:
    """Redirect to a page of our own site."""
    return Landing(query.next).response()


@router.get("/back", response_model=None)
async def go_back(_: CurrentUser, request: Request) -> Response:
    """Redirect to the page from which the visitor came."""
    return back(request)
