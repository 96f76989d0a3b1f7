"""Endpoints."""

from functools import partial

from fastapi import Response

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router

router = Router(prefix=f"{API_V1}/weak-cookies", tags=["weak-cookies"])


@router.put("/first", status_code=204)
async def set_weak_cookies(_: CurrentUser, response: Response) -> None:
    """Set cookies."""
    response.set_cookie("session", "a", secure=True)  # violates: weak-cookie
    # violates: weak-cookie
    response.set_cookie("session", "a", httponly=True, secure=True, samesite="none")
    remember = partial(response.set_cookie, "session", httponly=False)  # violates: weak-cookie
    remember("a", secure=True)
    response.headers.append("Set-Cookie", "session=a; Secure")  # violates: weak-cookie
