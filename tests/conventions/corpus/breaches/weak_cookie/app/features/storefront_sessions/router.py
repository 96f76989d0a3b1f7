"""Endpoints of sessions of visitors."""

from fastapi import Depends, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.tokens import new_token
from app.core.api import API_V1, Router
from app.core.guards import RateLimit
from app.features.storefront_sessions.cookies import (
    VisitorCookies,
    remember_cart,
    session_setter,
)

router = Router(prefix=f"{API_V1}/storefront", tags=["storefront"])

VISITS = [Depends(RateLimit("30/minute", name="storefront_visits"))]


@router.put("/session", status_code=204, dependencies=VISITS)
async def start_visit(_: CurrentUser, response: Response) -> None:
    """Begin a visit."""
    remember_cart(response, new_token())
    session_setter(response)(new_token())


@router.put("/session/token", status_code=204, dependencies=VISITS)
async def renew_visit(_: CurrentUser, response: Response) -> None:
    """Renew the token of a visit."""
    cookies = VisitorCookies(response)
    cookies.write(new_token())
    cookies.write_by_hand(new_token())
