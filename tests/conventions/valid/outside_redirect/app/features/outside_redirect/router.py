"""Endpoints."""

from fastapi.responses import RedirectResponse

from app.core.api import API_V1, Router, ShortText

router = Router(prefix=f"{API_V1}/outside-redirects", tags=["outside-redirects"])
PAGES = {"home": "/", "help": "/help"}


@router.get("/{page}", response_model=None)
async def follow_page(page: ShortText) -> RedirectResponse:
    """Follow a link to a page of the site."""
    if page in PAGES:
        return RedirectResponse(PAGES[page])
    return RedirectResponse(f"/pages/{page}")
