"""Endpoints."""

from fastapi.responses import RedirectResponse

from app.core.api import API_V1, Router, ShortText

router = Router(prefix=f"{API_V1}/outside-redirects", tags=["outside-redirects"])


@router.get("/{page}", response_model=None)
async def follow_page(page: ShortText) -> RedirectResponse:
    """Follow a link."""
    return RedirectResponse(page)  # violates: outside-redirect
