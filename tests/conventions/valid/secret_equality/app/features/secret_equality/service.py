"""Checks of the signature of a webhook."""

import hmac
from dataclasses import dataclass
from getpass import getpass
from hashlib import sha256

from pydantic import SecretStr
from sqlalchemy import Select, select

from app.accounts.models import User


def is_signed(body: bytes, signature: str, *, key: SecretStr) -> bool:
    """Return whether the signature is valid."""
    expected = hmac.new(key.get_secret_value().encode(), body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_kind(token: str, password: str | None) -> bool:
    """Return whether a token is of this kind."""
    return token == "access" and password is not None and len(token) == len(password)


def find(password: str) -> Select[User]:
    """Select by a column."""
    return select(User).where(User.password_hash == password)


@dataclass
class Typed:
    """A repeated password."""

    password: str
    repeated_password: str

    def is_same(self) -> bool:
        """Return whether both are the same."""
        return self.password == self.repeated_password


def read_password() -> str | None:
    """Return a password that was typed twice."""
    password = getpass("Password: ")
    return password if getpass("Repeat the password: ") == password else None
