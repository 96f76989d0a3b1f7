"""Opaque tokens: 256 random bits that are shown once and stored as a hash."""

from hashlib import sha256
from secrets import token_urlsafe


def new_token() -> str:
    """Return a token; too long to guess, so its hash needs neither a salt nor a slow function."""
    return token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return the hash of a token as it is stored."""
    return sha256(token.encode()).digest()
