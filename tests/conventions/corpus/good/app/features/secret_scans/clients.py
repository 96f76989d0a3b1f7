"""The client of the service that revokes keys."""

import structlog
from pydantic import SecretStr

from app.core.http import HttpClient
from app.features.secret_scans.patterns import KEY_HEADER

log = structlog.get_logger()


class RevocationService:
    """The service that revokes keys."""

    def __init__(self, client: HttpClient, key: SecretStr | None) -> None:
        """Take the HTTP client and our key."""
        self._client = client
        self._key = key

    @property
    def is_configured(self) -> bool:
        """True if a key is configured."""
        return self._key is not None

    def has_new_key(self, key: SecretStr | None) -> bool:
        """Return whether the settings hold another key than before, to log in again."""
        return self._key != key

    async def report(self, kind: str, text: str) -> None:
        """Report a key, so that it is revoked.

        Raises:
            UpstreamError: The service gave no usable response.
        """
        if self._key is None:
            log.warning("revocation_not_configured", kind=kind)
            return
        headers = {KEY_HEADER: self._key.get_secret_value()}
        await self._client.request(
            "PUT", "/keys", json={"kind": kind, "text": text}, headers=headers
        )
        log.info("key_reported", kind=kind, length=len(text))
