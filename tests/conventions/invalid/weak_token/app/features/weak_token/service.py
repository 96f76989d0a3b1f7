"""Invitations by a link."""

import random
import secrets
import uuid


def make_token() -> str:
    """Return the token of a link."""
    return "".join(random.choices("abcdef", k=32))  # violates: weak-token


def make_session_key() -> str:
    """Return the key of a session."""
    token = uuid.uuid1().hex  # violates: weak-token
    return token + secrets.token_hex(4)  # violates: weak-token
