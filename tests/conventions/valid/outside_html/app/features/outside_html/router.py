"""Endpoints."""

from html import escape

from fastapi.responses import HTMLResponse

from app.core.api import API_V1, Router, ShortText, WholeNumber

router = Router(prefix=f"{API_V1}/outside-pages", tags=["outside-pages"])


@router.get("/{name}/{number}", response_class=HTMLResponse)
async def show_page(name: ShortText, number: WholeNumber) -> HTMLResponse:
    """Greet."""
    return HTMLResponse(f"<h1>Hello, {escape(name)}, {number}</h1>")
