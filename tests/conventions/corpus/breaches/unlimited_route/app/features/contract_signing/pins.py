"""The PIN with which a signature is confirmed."""

from typing import Protocol

from pydantic import SecretStr

from app.accounts.passwords import PasswordHasher
from app.core.services import get


class PinCheck(Protocol):
    """A check of PINs."""

    async def is_right(self, pin: SecretStr) -> bool:
        """Return whether a PIN is right."""


class HashedPinCheck:
    """A check against a hash."""

    def __init__(self, known: str | None) -> None:
        """Take the hash."""
        self.known = known

    async def is_right(self, pin: SecretStr) -> bool:
        """Return whether a PIN is right."""
        verify = get(PasswordHasher).verify
        matches, _ = await verify(pin, self.known)
        return matches


def pin_check() -> PinCheck:
    """Return the check of a PIN that was never set."""
    return HashedPinCheck(None)
