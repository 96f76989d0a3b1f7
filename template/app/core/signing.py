"""Signing what leaves the service and must come back unchanged."""

import hmac
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from app.settings import Settings

_DEVELOPMENT_KEY = "for development and tests only; production refuses to start without a key"
_keys: list[str] = []


def set_signing_key(settings: Settings) -> None:
    """Take the key from the settings; `create_app` does this once."""
    key = settings.secret_key.get_secret_value() if settings.secret_key else _DEVELOPMENT_KEY
    _keys[:] = [key]


def sign(value: Any, *, purpose: str) -> str:  # noqa: ANN401 - any JSON
    """Return the value as URL-safe text with a signature.

    Args:
        value: Anything that JSON can hold.
        purpose: What it is for; a text signed for one purpose is not valid for another.
    """
    return _serializer(purpose).dumps(value)


def unsign(text: str, *, purpose: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the value that `sign` was given.

    Raises:
        ValueError: The text was changed, or was signed for another purpose or with another key.
    """
    try:
        return _serializer(purpose).loads(text)
    except BadData:
        message = "the signature does not fit"
        raise ValueError(message) from None


def derive_key(*, purpose: str) -> bytes:
    """Return 32 bytes for a cipher; whoever knows them does not know the key that signs.

    Args:
        purpose: What they are for; each purpose has its own.
    """
    return hmac.digest(_keys[-1].encode(), purpose.encode(), "sha256")


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(list(_keys), salt=purpose)
