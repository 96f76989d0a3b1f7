"""Endpoints."""

from functools import partial

from fastapi import Response

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router

router = Router(prefix=f"{API_V1}/weak-cookies", tags=["weak-cookies"])


@router.put("/first", status_code=204)
async def set_strong_cookies(_: CurrentUser, response: Response) -> None:
    """Set cookies."""
    options = {"httponly": True, "secure": True, "samesite": "strict"}
    response.set_cookie("session", "a", httponly=True, secure=True)
    response.set_cookie("csrf_token", "a", secure=True, samesite="strict")
    remember = partial(response.set_cookie, "session", **options)
    remember("a")
    response.headers.append("Set-Cookie", "session=a; Secure; HttpOnly; SameSite=Lax")
