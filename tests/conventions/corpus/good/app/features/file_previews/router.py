"""Endpoints of previews."""

from html import escape
from time import time
from typing import Annotated
from uuid import UUID

from fastapi import Cookie, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router, errors
from app.core.guards import RateLimit
from app.core.services import get
from app.core.signing import sign, unsign
from app.features.file_previews.drawing import Drawings, PreviewNotFound
from app.features.file_previews.settings import PreviewSettings

COOKIE = "preview_pass"
COOKIE_SALT = "cookie of previews"
COOKIE_SECONDS = 600

router = Router(
    prefix=f"{API_V1}/file-previews",
    tags=["previews"],
    dependencies=[Depends(RateLimit("120/minute", name="file_previews"))],
)


class PreviewQuery(RequestModel):
    """The preview to show."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["offer-2026"])
    caption: str = Field(default="", max_length=200, examples=["Offer <draft>"])


class PartnerQuery(RequestModel):
    """The page to go to."""

    to: str = Field(pattern=r"^[a-z]{1,20}$", examples=["help"])


@router.post("/passes", status_code=204)
async def give_preview_pass(user: CurrentUser, response: Response) -> None:
    """Give the browser a cookie, by which images load without a token for ten minutes."""
    response.set_cookie(
        COOKIE,
        sign([str(user.id), int(time()) + COOKIE_SECONDS], salt=COOKIE_SALT),
        max_age=COOKIE_SECONDS,
        path=f"{API_V1}/file-previews",
        secure=True,
        httponly=True,
        samesite="strict",
    )


async def require_pass(
    preview_pass: Annotated[str | None, Cookie(max_length=500)] = None,
) -> UUID:
    """Return the user whom the cookie was given to.

    Raises:
        PreviewNotFound: The cookie is missing, has expired, or this service has not signed it.
    """
    try:
        user_id, end = unsign(preview_pass or "", salt=COOKIE_SALT)
    except ValueError:
        raise PreviewNotFound from None
    if time() > end:
        raise PreviewNotFound
    return UUID(user_id)


PassOwner = Annotated[UUID, Depends(require_pass)]


@router.get(
    "/image",
    response_class=Response,
    responses=errors(PreviewNotFound) | {200: {"content": {"image/png": {}}}},
)
async def read_preview_image(
    owner_id: PassOwner, query: Annotated[PreviewQuery, Query()]
) -> Response:
    """Return one of your previews as an image."""
    content = await get(Drawings).read(owner_id, query.name)
    headers = {"Cache-Control": "private, max-age=60", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="image/png", headers=headers)


@router.get(
    "/page",
    response_class=HTMLResponse,
    responses=errors(PreviewNotFound),
)
async def read_preview_page(_: PassOwner, query: Annotated[PreviewQuery, Query()]) -> HTMLResponse:
    """Return a page with one of your previews and its caption."""
    page = f"<figure><img src='image?name={query.name}'><figcaption>{escape(query.caption)}"
    policy = {"Content-Security-Policy": "default-src 'none'; img-src 'self'"}
    return HTMLResponse(f"{page}</figcaption></figure>", headers=policy)


@router.get(
    "/partner",
    status_code=307,
    response_class=RedirectResponse,
    responses=errors(PreviewNotFound),
)
async def go_to_partner(query: Annotated[PartnerQuery, Query()]) -> RedirectResponse:
    """Redirect to one of the pages of the settings."""
    pages = get(PreviewSettings).preview_partners
    if query.to not in pages:
        raise PreviewNotFound
    return RedirectResponse(pages[query.to], status_code=307)
