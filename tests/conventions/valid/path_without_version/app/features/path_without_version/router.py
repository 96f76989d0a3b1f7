"""Endpoints."""

from starlette.responses import HTMLResponse

from app.core.api import Router

router = Router(prefix="/paths-without-version", include_in_schema=False)


@router.get("/page", response_class=HTMLResponse)
async def read_path_without_version() -> HTMLResponse:
    """Show a page, which is not of the API."""
    return HTMLResponse("<h1>Hello</h1>")
