"""Checks of the keys and signatures of partners."""

import hmac
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner with the key that signs its events."""

    name: str
    key: SecretStr

    def accepts(self, given: str) -> bool:
        """Return whether a key is the partner's."""
        match given:
            case "":
                return False
            case text if text == self.key.get_secret_value():  # breach: secret-comparison
                return True
            case _:
                return False


def sign(body: bytes, key: SecretStr) -> str:
    """Return the signature of a body."""
    return hmac.new(key.get_secret_value().encode(), body, sha256).hexdigest()


def is_signed(body: bytes, header: str, key: SecretStr) -> bool:
    """Return whether a header signs a body."""
    expected = sign(body, key)
    version, _, mac = header.partition("=")
    if mac != expected:  # breach: secret-comparison
        return False
    return version == "v1"


def is_signed_by_any(body: bytes, mac: str, keys: Sequence[SecretStr]) -> bool:
    """Return whether one of several keys signs a body, as while a key is replaced."""
    return mac in [sign(body, key) for key in keys]  # breach: secret-comparison


def starts_with_key(authorization: str, key: SecretStr) -> bool:
    """Return whether a header carries a key, whatever follows it."""
    # breach: secret-comparison
    return authorization.removeprefix("Bearer ").startswith(key.get_secret_value())


def matcher(key: SecretStr) -> Callable[[str], bool]:
    """Return a function that compares with a key."""
    return partial(operator.eq, key.get_secret_value())  # breach: secret-comparison


def is_recovery_code(given: str, stored: bytes) -> bool:
    """Return whether a recovery code is the one that was stored as a hash."""
    digest = sha256(given.encode()).digest()
    # breach: secret-comparison
    return len(digest) == len(stored) and all(a == b for a, b in zip(digest, stored))
