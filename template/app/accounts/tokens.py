"""Opaque tokens: 256 random bits that are handed out once and kept as a hash."""

from hashlib import sha256
from secrets import token_urlsafe


def new_token() -> str:
    """Return a token; it cannot be guessed, so its hash needs neither salt nor effort."""
    return token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return what is kept of a token."""
    return sha256(token.encode()).digest()
