"""Checks of settings that only production makes.

    FeedUrl = Annotated[HttpUrl, InProduction(require_https)]

Secrets need no mark: `find_weak_secret` checks every `SecretStr`. A value that is refused and meant
all the same, such as `ALLOWED_HOSTS=*`, is accepted by `ACCEPTED_IN_PRODUCTION=ALLOWED_HOSTS`; a
secret is not.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

from pydantic import SecretStr

DEVELOPMENT_KEY = "for development and tests only; production refuses to start without a key"
"""The key of signatures where no `SECRET_KEY` is set."""

MIN_SECRET_LENGTH = 16

# Our own keys for development, and what people leave in place of a secret.
_PUBLISHED = re.compile(
    r"for development and tests|of[-_]the[-_]fake|_rw_fake_|user:password@host|"
    r"YS1zZWNyZXQtb2YtdGhlLWZha2U|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|"
    r"change[-_ ]?(me|this|it)|replace[-_ ]?(me|this)|placeholder|insecure|"
    r"your[-_ ](secret|key|token|api)|(secret|example)[-_ ](key|secret|token)",
    re.IGNORECASE,
)
_WILDCARDS = {"*", "0.0.0.0/0", "::/0"}
_LEAST_CONTENT = 14  # bytes after compression: eighteen random characters have this many
_LEAST_STEPS = 6  # in a sequence such as abcdef or 112233, one character follows from the last
_EMPTY = len(zlib.compress(b""))


@dataclass(frozen=True, slots=True)
class InProduction:
    """Marks the type of a setting with a check that only production makes.

    Attributes:
        check: Takes the value; returns what is wrong and what would be right, or `None`.
    """

    check: Callable[[Any], str | None]


def checks_of(annotation: object) -> Iterator[InProduction]:
    """Yield the checks in the annotation of a setting, however deep."""
    for part in get_args(annotation):
        if isinstance(part, InProduction):
            yield part
        else:
            yield from checks_of(part)


def find_weak_secret(value: object) -> str | None:
    """Return what is wrong with a secret or one of several; `None` for any other value."""
    secrets = value if isinstance(value, tuple) else (value,)
    problems = (_weakness(one.get_secret_value()) for one in secrets if isinstance(one, SecretStr))
    return next(filter(None, problems), None)


def _weakness(secret: str) -> str | None:
    if _PUBLISHED.search(secret):
        return "this value is published or a placeholder; set a secret of your own"
    if "://" in secret:
        return None  # an address; its own type checks it
    if len(secret) < MIN_SECRET_LENGTH or is_regular(secret):
        return (
            f"too short or too regular; copy the whole secret, or make one of at least "
            f'{MIN_SECRET_LENGTH} random characters: python3 -c "import secrets; '
            f'print(secrets.token_hex())"'
        )
    return None


def is_regular(secret: str) -> bool:
    """Return whether a text repeats itself or counts up, so that it can be guessed."""
    content = len(zlib.compress(secret.encode(), 9)) - _EMPTY
    steps = {ord(after) - ord(before) for before, after in pairwise(secret)}
    return content < _LEAST_CONTENT or len(steps) < _LEAST_STEPS


def require_https(url: str) -> str | None:
    """Return what is wrong with a URL that is not encrypted."""
    if url.lower().startswith("https://"):
        return None
    return "must begin with https://, since other connections are not encrypted"


def refuse_wildcard(values: tuple[str, ...]) -> str | None:
    """Return what is wrong with a list that allows everything."""
    if _WILDCARDS.isdisjoint(values):
        return None
    return "allows all of them; list those that are meant, separated by commas"
