"""Origins that may call from a browser."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware


def browser_access() -> list[Middleware]:
    """Let every page in."""
    return [Middleware(CORSMiddleware, allow_origins=["*"])]  # violates: open-cors
