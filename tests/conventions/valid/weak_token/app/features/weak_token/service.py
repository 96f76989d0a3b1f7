"""Invitations by a link."""

import random
import secrets
import uuid


def make_token() -> str:
    """Return the token of a link."""
    return secrets.token_urlsafe(32) + uuid.uuid4().hex


def pick_colour(colours: list[str]) -> str:
    """Return a colour for an avatar."""
    return random.choice(colours)
