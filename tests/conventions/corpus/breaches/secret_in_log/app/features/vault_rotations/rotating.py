"""Replacement of keys."""

import hmac
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import SecretStr

from app.accounts.tokens import new_token
from app.core.http import HttpClient

log = structlog.get_logger()
trace = logging.getLogger(__name__).debug


@dataclass(frozen=True, slots=True)
class RotatedKey:
    """The key of a program, old and new."""

    program: str
    old: str
    new: str


class RotationFailed(Exception):
    """A key could not be replaced."""


def rotate(program: str, key: SecretStr) -> RotatedKey:
    """Replace the key of a program."""
    rotated = RotatedKey(program, key.get_secret_value(), new_token())
    log.info("key_rotated", result=rotated)  # breach: secret-in-log
    return rotated


def announce(rotated: RotatedKey) -> None:
    """Tell the operators about a replaced key."""
    ending = rotated.new[-30:]
    trace("the new key of %s ends in %s", rotated.program, ending)  # breach: secret-in-log


def require_new(rotated: RotatedKey) -> None:
    """Check that a key has changed.

    Raises:
        RotationFailed: The key is the same.
    """
    if hmac.compare_digest(rotated.old.encode(), rotated.new.encode()):
        text = "the key of {program} was {old}".format(program=rotated.program, old=rotated.old)
        raise RotationFailed(text)  # breach: secret-in-log


class VaultClient:
    """The vault of a customer."""

    def __init__(self, client: HttpClient, passphrase: SecretStr) -> None:
        """Take the HTTP client and the passphrase."""
        self._client = client
        self._headers = {"X-Vault": passphrase.get_secret_value()}

    async def store(self, rotated: RotatedKey) -> None:
        """Store a new key."""
        await self._client.request("PUT", f"/keys/{rotated.program}", headers=self._headers)
        log.debug("vault_called", sent=self._headers)  # breach: secret-in-log


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that logs its arguments."""

    def call(*arguments: Any) -> Any:  # noqa: ANN401 - those of any function
        log.debug("called", name=function.__name__, arguments=arguments)  # breach: secret-in-log
        return function(*arguments)

    return call


@traced
def import_key(program: str, key: str) -> RotatedKey:
    """Return the key of a program that another service made."""
    return RotatedKey(program, "", key)


def show(rotated: RotatedKey) -> None:
    """Print a new key in a container; the output of containers is collected."""
    sys.stderr.write(f"new key: {rotated.new}\n")  # breach: secret-in-log
