"""The signature of a webhook, checked over the raw body.

https://developer.paddle.com/webhooks/about/signature-verification: the header holds `ts=…` (Unix
seconds) and `h1=…`, the HMAC-SHA256 of `ts:body` in hexadecimal. While a secret is being rotated
there may be one `h1` for each, and this service may know several secrets. Paddle's own libraries
reject a signature older than 5 seconds.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from itertools import product

from pydantic import SecretStr

from app.integrations.paddle.errors import InvalidSignature

_MAX_PARTS = 20


def check_signature(
    header: str | None, body: bytes, *, secrets: Sequence[SecretStr], now: float, tolerance: float
) -> None:
    """Check that a body was signed with one of the secrets, not too long ago.

    Args:
        header: The value of `Paddle-Signature`.
        body: The raw body, before it is parsed.
        secrets: The secrets of the notification destination.
        now: The current time in Unix seconds.
        tolerance: The most seconds between the signature and now, in either direction.

    Raises:
        InvalidSignature: No signature is valid, or its time is too far from now.
    """
    parts = [part.strip().partition("=") for part in (header or "").split(";", _MAX_PARTS)]
    times = [value for key, _, value in parts if key == "ts"]
    signatures = [value.encode() for key, _, value in parts if key == "h1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal()):
        raise InvalidSignature
    signed = times[0].encode() + b":" + body
    keys = [secret.get_secret_value().encode() for secret in secrets]
    expected = [hmac.new(key, signed, sha256).hexdigest().encode() for key in keys]
    matches = [hmac.compare_digest(*pair) for pair in product(signatures, expected)]
    if not any(matches) or abs(now - int(times[0][:20])) > tolerance:
        raise InvalidSignature
