"""Signed values, which others may read but not change, and sealed ones, which they cannot read.

    cursor = sign(["AAPL"], salt="cursor:symbols")
    unsign(cursor, salt="cursor:symbols")  # raises ValueError if it was changed

Both keys derive from `SECRET_KEY`; with another key neither can be read back.
"""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from app.core.services import get
from app.production import DEVELOPMENT_KEY
from app.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def sign(value: Any, *, salt: str) -> str:  # noqa: ANN401 - any JSON
    """Return the value as URL-safe text with a signature.

    Args:
        value: Any JSON value.
        salt: The purpose; a text signed for one purpose is invalid for another.
    """
    return _signer(_secret_key(), salt).sign(base64_encode(orjson.dumps(value))).decode()


def unsign(text: str, *, salt: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the value that was signed.

    Raises:
        ValueError: The text was changed, or signed for another purpose or with another key.
    """
    try:
        return orjson.loads(base64_decode(_signer(_secret_key(), salt).unsign(text)))
    except BadData:
        message = "invalid signature"
        raise ValueError(message) from None


def seal(value: bytes, *, salt: str) -> str:
    """Return the value encrypted and authenticated, as URL-safe text.

    Args:
        value: The bytes to protect.
        salt: The purpose; a text sealed for one purpose cannot be opened for another.
    """
    return _cipher(salt).encrypt(value).decode()


def unseal(text: str, *, salt: str) -> bytes:
    """Return the value that was sealed.

    Raises:
        ValueError: The text was changed, or sealed for another purpose or with another key.
    """
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - see `_cipher`

    try:
        return _cipher(salt).decrypt(text)
    except InvalidToken:
        message = "sealed under another SECRET_KEY"
        raise ValueError(message) from None


def derive_key(*, purpose: str) -> bytes:
    """Return 32 bytes for a cipher, from which the signing key cannot be computed.

    Args:
        purpose: Each purpose has a key of its own.
    """
    return hmac.digest(_secret_key().encode(), purpose.encode(), "sha256")


def _cipher(salt: str) -> "Fernet":
    # The package has an OpenSSL of its own: 7 MB that a process which seals nothing can spare.
    from cryptography.fernet import Fernet  # noqa: PLC0415 - needed by few processes

    return Fernet(urlsafe_b64encode(derive_key(purpose=salt)))


@lru_cache(maxsize=1024)
def _signer(secret_key: str, salt: str) -> Signer:
    return Signer(secret_key, salt=salt)


def _secret_key() -> str:
    secret_key = get(Settings).secret_key
    return secret_key.get_secret_value() if secret_key else DEVELOPMENT_KEY
