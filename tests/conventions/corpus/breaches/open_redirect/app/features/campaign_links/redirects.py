"""Redirects to the pages of campaigns."""

from functools import partial
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

see_other = partial(RedirectResponse, status_code=HTTPStatus.SEE_OTHER)


def back(request: Request) -> Response:
    """Return a redirect to the page from which the visitor came."""
    return see_other(request.headers.get("Referer", "/"))  # breach: open-redirect


class Landing:
    """The page on which a visitor lands."""

    def __init__(self, page: str) -> None:
        """Take the page; one that begins with a slash is of our own site."""
        self.page = page if page.startswith("/") else f"/{page}"

    def response(self) -> Response:
        """Return the redirect to it."""
        headers = {"Location": self.page}
        return Response(status_code=HTTPStatus.FOUND, headers=headers)  # breach: open-redirect
