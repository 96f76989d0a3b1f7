"""Signatures for values that leave the service and must come back unchanged.

    cursor = sign(["AAPL"], salt="cursor:symbols")
    unsign(cursor, salt="cursor:symbols")  # raises ValueError if it was changed
"""

import hmac
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from app.core.services import get
from app.settings import Settings

_DEVELOPMENT_KEY = "for development and tests only; production refuses to start without a key"


def sign(value: Any, *, salt: str) -> str:  # noqa: ANN401 - any JSON
    """Return the value as URL-safe text with a signature.

    Args:
        value: Any JSON value.
        salt: The purpose; a text signed for one purpose is invalid for another.
    """
    return _serializer(salt).dumps(value)


def unsign(text: str, *, salt: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the value that was signed.

    Raises:
        ValueError: The text was changed, or signed for another purpose or with another key.
    """
    try:
        return _serializer(salt).loads(text)
    except BadData:
        message = "invalid signature"
        raise ValueError(message) from None


def derive_key(*, purpose: str) -> bytes:
    """Return 32 bytes for a cipher, from which the signing key cannot be computed.

    Args:
        purpose: Each purpose has a key of its own.
    """
    return hmac.digest(_secret_key().encode(), purpose.encode(), "sha256")


def _serializer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(_secret_key(), salt=salt)


def _secret_key() -> str:
    secret_key = get(Settings).secret_key
    return secret_key.get_secret_value() if secret_key else _DEVELOPMENT_KEY
