"""The forms of keys, and the words of this feature; none of them is a key."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

KEY_HEADER = "X-Api-Key"
PASSWORD_MIN_LENGTH = 12
PASSWORD_HELP = "Choose 12 characters or more, 1 of them a digit."  # noqa: S105 - a help text
MASK = "********"
TOKEN_TYPE = "Bearer"  # noqa: S105 - the scheme of a header
SECRET_FIELD: Final = "client_secret"  # noqa: S105 - the name of a field
CONNECTION = "postgresql://{user}:{password}@{host}:{port}/{name}"
PLACEHOLDER = "<your-api-key>"

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "stripe": re.compile(r"sk_(live|test)_[0-9A-Za-z]{24,}"),
    "aws": re.compile(r"AKIA[0-9A-Z]{16}"),
    "github": re.compile(r"gh[opsu]_[0-9A-Za-z]{36}"),
    "private_key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "password": re.compile(r"(?i)password\s*[=:]\s*\S{8,}"),
}


class Secrecy(StrEnum):
    """The kind of secret in a text."""

    NOTHING = "nothing"
    PASSWORD = "password"  # noqa: S105 - a kind
    API_KEY = "api_key"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind


def secrecy_of(kind: str | None) -> Secrecy:
    """Return the kind of secret that a key is."""
    match kind:
        case None:
            return Secrecy.NOTHING
        case "password":
            return Secrecy.PASSWORD
        case "github":
            return Secrecy.ACCESS_TOKEN
        case _:
            return Secrecy.API_KEY


def find_key(text: str) -> tuple[str, str] | None:
    """Return the kind of the first key in a text, and the key."""
    for kind, pattern in PATTERNS.items():
        if found := pattern.search(text):
            return kind, found[0]
    return None


def mask(text: str) -> str:
    """Return a text without its keys."""
    for pattern in PATTERNS.values():
        text = pattern.sub(MASK, text)
    return text
