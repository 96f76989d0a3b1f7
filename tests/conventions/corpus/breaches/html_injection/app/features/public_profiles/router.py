"""Endpoints of profiles."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from markupsafe import Markup
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router
from app.features.public_profiles.pages import BADGE, Card, page

router = Router(prefix=f"{API_V1}/public-profiles", tags=["public-profiles"])


class ProfileQuery(RequestModel):
    """The profile to show."""

    name: str = Field(max_length=200, examples=["Ada Lovelace"])


Profile = Annotated[ProfileQuery, Query()]


@router.get("/page", response_class=HTMLResponse)
async def read_profile_page(_: CurrentUser, profile: Profile) -> HTMLResponse:
    """Return the page of a profile."""
    return HTMLResponse(page(profile.name, ["A profile."]))  # breach: html-injection


# breach: html-injection
@router.get("/badge", response_model=None)
async def read_profile_badge(user: CurrentUser, profile: Profile) -> Response:
    """Return the badge of a profile."""
    html = Environment().from_string(BADGE)
    content = html.render(owner=user.email, label=profile.name)
    return Response(content, media_type="text/html")


@router.get("/card", response_class=HTMLResponse)
async def read_profile_card(_: CurrentUser, profile: Profile) -> HTMLResponse:
    """Return the card of a profile."""
    card = Card(profile.name)
    return HTMLResponse(Markup(card))  # breach: html-injection


@router.get("/greeting", response_class=HTMLResponse)
async def read_profile_greeting(_: CurrentUser, profile: Profile) -> str:
    """Return a greeting as HTML."""
    lines = ["<h1>Hello</h1>", "<p>" + profile.name + "</p>"]
    return "\n".join(lines)  # breach: html-injection
