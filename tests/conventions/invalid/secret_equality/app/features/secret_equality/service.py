"""Checks of the signature of a webhook."""

import hmac
from hashlib import sha256

from pydantic import SecretStr


def is_signed(body: bytes, signature: str, *, key: SecretStr) -> bool:
    """Return whether it is."""
    expected = hmac.new(key.get_secret_value().encode(), body, sha256).hexdigest()
    return expected == signature  # violates: secret-equality


def knows(given_token: str, token: str) -> bool:
    """Return whether it is the same."""
    return not given_token != token  # violates: secret-equality
