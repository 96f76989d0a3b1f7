"""The cookie by which a visitor is recognized."""

from collections.abc import Callable
from functools import partial
from secrets import token_urlsafe
from typing import Any, Final

from fastapi import Response

VISIT_COOKIE: Final = "__Host-visit"
SECONDS: Final = 3600

_OPTIONS: dict[str, Any] = {
    "max_age": SECONDS,
    "httponly": True,
    "secure": True,
    "samesite": "lax",
}


def start_visit(response: Response) -> str:
    """Set the cookie of a new visit and return its value."""
    visit = token_urlsafe(32)
    response.set_cookie(VISIT_COOKIE, visit, **_OPTIONS)
    return visit


def cookie_setter(response: Response) -> Callable[[str], None]:
    """Return a function that renews the cookie of a visit."""
    return partial(response.set_cookie, VISIT_COOKIE, **_OPTIONS)


def end_visit(response: Response) -> None:
    """Delete the cookie of a visit."""
    response.delete_cookie(VISIT_COOKIE, secure=True, httponly=True, samesite="lax")
