"""Endpoints."""

from fastapi.responses import HTMLResponse

from app.core.api import API_V1, Router, ShortText

router = Router(prefix=f"{API_V1}/outside-pages", tags=["outside-pages"])


@router.get("/{name}", response_class=HTMLResponse)
async def read_page(name: ShortText) -> HTMLResponse:
    """Greet."""
    return HTMLResponse(f"<h1>Hello, {name}</h1>")  # violates: outside-html
