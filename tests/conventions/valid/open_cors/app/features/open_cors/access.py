"""Origins that may call from a browser."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.settings import Settings


def browser_access(settings: Settings) -> list[Middleware]:
    """Allow the origins in the settings, with any header."""
    origins = settings.cors_origins
    return [Middleware(CORSMiddleware, allow_origins=origins, allow_headers=["*"])]
