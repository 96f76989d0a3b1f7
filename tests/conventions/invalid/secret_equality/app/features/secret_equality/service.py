"""Checking what a webhook is signed with."""

import hmac
from hashlib import sha256

from pydantic import SecretStr


def is_signed(body: bytes, signature: str, *, key: SecretStr) -> bool:
    """Return whether it is."""
    expected = hmac.new(key.get_secret_value().encode(), body, sha256).hexdigest()
    return expected == signature  # breach: secret-equality


def knows(given_token: str, token: str) -> bool:
    """Return whether it is the same."""
    return not given_token != token  # breach: secret-equality
