"""Checks of the signature of a webhook."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from pydantic import SecretStr
from sqlalchemy import Select, select

from app.accounts.models import User


def is_signed(body: bytes, signature: str, *, key: SecretStr) -> bool:
    """Return whether it is."""
    expected = hmac.new(key.get_secret_value().encode(), body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_kind(token: str, password: str | None) -> bool:
    """Return whether a word is this one."""
    return token == "access" and password is not None and len(token) == len(password)


def find(password: str) -> Select[User]:
    """Select by a column."""
    return select(User).where(User.password_hash == password)


@dataclass
class Typed:
    """A password that was typed twice."""

    password: str
    repeated_password: str

    def is_same(self) -> bool:
        """Return whether it was the same."""
        return self.password == self.repeated_password
