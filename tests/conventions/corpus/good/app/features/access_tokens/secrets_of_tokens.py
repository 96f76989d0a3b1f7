"""The texts of tokens, and values of which only a hash or a signature is stored."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import SecretStr

from app.features.access_tokens.errors import AccessTokenInvalid

TOKEN_PREFIX: Final = "pat_"  # noqa: S105 - the start of every token
TOKEN_HEADER = "X-Access-Token"  # noqa: S105 - the name of a header
TOKEN_PURPOSE = "access token"  # noqa: S105 - a purpose
LINK_SECONDS = 600


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A new text and its hash."""

    text: str
    digest: bytes

    @property
    def prefix(self) -> str:
        """The part that the user sees in lists."""
        return self.text[: len(TOKEN_PREFIX) + 4]


def draw_secret() -> NewSecret:
    """Return the text of a new token."""
    text = TOKEN_PREFIX + token_urlsafe(32)
    return NewSecret(text, digest_of(text))


def digest_of(text: str) -> bytes:
    """Return the hash of a text; it is too long to guess, so a fast hash is enough."""
    return sha256(text.encode()).digest()


def matches(text: str, digest: bytes) -> bool:
    """Return whether a text has a hash, in constant time."""
    return hmac.compare_digest(digest_of(text), digest)


def is_same_page(page_token: str | None, previous_page_token: str | None) -> bool:
    """Return whether a vendor has sent the same page twice, which ends the list."""
    return page_token == previous_page_token


def expiry(days: int) -> datetime:
    """Return the time at which a token of some days expires."""
    return datetime.now(UTC) + timedelta(days=days)


class DownloadLinks:
    """Signed links, each valid for ten minutes."""

    def __init__(self, key: SecretStr) -> None:
        """Take the key that signs them."""
        self._serializer = URLSafeTimedSerializer(key.get_secret_value(), salt="download-link")

    def write(self, token_id: UUID) -> str:
        """Return the signed part of a link."""
        return self._serializer.dumps(str(token_id))

    def read(self, signed: str) -> UUID:
        """Return the token of a link.

        Raises:
            AccessTokenInvalid: The link was changed, or is older than ten minutes.
        """
        try:
            return UUID(self._serializer.loads(signed, max_age=LINK_SECONDS))
        except (BadData, ValueError):
            raise AccessTokenInvalid from None
