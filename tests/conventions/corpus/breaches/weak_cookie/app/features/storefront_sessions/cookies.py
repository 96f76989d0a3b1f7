"""Cookies of the shop."""

from collections.abc import Callable
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

from fastapi import Response

CART_COOKIE: dict[str, Any] = {"key": "cart", "max_age": 86_400, "secure": True}


def remember_cart(response: Response, cart: str) -> None:
    """Store the visitor's cart."""
    response.set_cookie(value=cart, **CART_COOKIE)  # breach: weak-cookie


def session_setter(response: Response) -> Callable[..., None]:
    """Return a function that stores the token of a session."""
    # breach: weak-cookie
    return partial(response.set_cookie, "session", httponly=True, secure=False)


class VisitorCookies:
    """Writes the cookies of a visitor."""

    def __init__(self, response: Response) -> None:
        """Take the response."""
        self.response = response

    def write(self, token: str) -> None:
        """Store the visitor's token."""
        self.response.set_cookie(  # breach: weak-cookie
            "visitor", token, httponly=True, secure=True, samesite="none"
        )

    def write_by_hand(self, token: str) -> None:
        """Store the visitor's token for other shops too."""
        cookie = SimpleCookie({"partner_session": token})
        cookie["partner_session"]["path"] = "/"
        # breach: weak-cookie
        self.response.headers.append("Set-Cookie", cookie["partner_session"].OutputString())
