"""The tokens in the links of invitations."""

import hashlib
import random
import secrets
import string
import time
import uuid
from random import SystemRandom, choices, getrandbits
from secrets import token_hex as hexadecimal
from uuid import UUID

from pydantic import BaseModel, Field

_rng = random.Random()
_secure = SystemRandom()


def invitation_token() -> str:
    """Return the token of an invitation's link."""
    return "".join(choices(string.ascii_letters + string.digits, k=40))  # breach: weak-token


def reset_link_token() -> str:
    """Return the token of a link that resets a PIN."""
    return f"{getrandbits(128):032x}"  # breach: weak-token


def session_key(user_id: UUID) -> str:
    """Return the key of a guest's session."""
    return uuid.uuid5(user_id, str(time.time_ns())).hex  # breach: weak-token


def unsubscribe_token(address: str) -> str:
    """Return the token by which a guest leaves the list."""
    return hashlib.sha256(f"{address}{time.time()}".encode()).hexdigest()  # breach: weak-token


def door_code() -> str:
    """Return the code that opens the door for a week."""
    return f"{_secure.randrange(10_000):04d}"  # breach: weak-token


class MagicLink(BaseModel):
    """A link by which a guest logs in."""

    guest_id: UUID
    token: str = Field(default_factory=lambda: hexadecimal(4))  # breach: weak-token
    nonce: str = Field(default_factory=lambda: str(uuid.uuid1()))  # breach: weak-token


class ApiKeyFactory:
    """Makes the keys of programs."""

    prefix = "gk"

    def __init__(self) -> None:
        """Take the source of randomness."""
        self._draw = _rng.randbytes

    def make(self) -> str:
        """Return a new key."""
        return f"{self.prefix}_{self._draw(24).hex()}"  # breach: weak-token

    def make_pair(self) -> tuple[str, str]:
        """Return a public name and a secret key."""
        return secrets.token_urlsafe(24), secrets.token_urlsafe(32)
