"""Redirects, which lead to our own site or to a partner's."""

from urllib.parse import urlsplit

from app.core.errors import BadRequest
from app.core.services import get
from app.features.document_exchange.settings import ExchangeSettings


class RedirectNotAllowed(BadRequest):
    """The address is neither on our site nor at a partner."""

    code = "redirect_not_allowed"
    message = "The address is neither on our site nor at a partner."


def own_page(path: str) -> str:
    """Return the address of a page of our site."""
    return f"{get(ExchangeSettings).exchange_site}/documents/{path}"


def partner_page(address: str) -> str:
    """Return an address, provided that it is a partner's.

    Raises:
        RedirectNotAllowed: It is not.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.netloc not in get(ExchangeSettings).exchange_partners:
        raise RedirectNotAllowed
    return address
