"""Links to an export that open without a session, for as long as they are signed for."""

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from app.core.errors import Unauthorized
from app.core.signing import derive_key

LIFETIME = timedelta(minutes=15)
_PURPOSE = "revenue export link v1"


class ExportLinkExpired(Unauthorized):
    """The signature of the link is invalid or too old."""

    code = "export_link_expired"
    message = "The link is invalid or expired. Create a new one with POST /revenue-export-links."


def sign_link(path: str, owner_id: UUID, *, now: datetime | None = None) -> str:
    """Return a path with its end and its signature."""
    end = int(((now or datetime.now(UTC)) + LIFETIME).timestamp())
    query = {"owner": str(owner_id), "end": end, "mac": _mac(owner_id, end)}
    return f"{path}?{urlencode(query)}"


def check_link(owner_id: UUID, end: int, mac: str) -> None:
    """Check that this service has signed a link that is still valid.

    Raises:
        ExportLinkExpired: It has not, or not for so long.
    """
    is_signed = hmac.compare_digest(_mac(owner_id, end), mac)
    if not is_signed or datetime.now(UTC).timestamp() > end:
        raise ExportLinkExpired


def _mac(owner_id: UUID, end: int) -> str:
    signed = f"{owner_id}.{end}".encode()
    return hmac.new(derive_key(purpose=_PURPOSE), signed, "sha256").hexdigest()
