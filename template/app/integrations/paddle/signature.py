"""The signature of a webhook, checked over the body as it came.

https://developer.paddle.com/webhooks/about/signature-verification: the header holds `ts=…` (Unix
seconds) and `h1=…`, the HMAC-SHA256 of `ts:body` in hexadecimal. While a secret is being changed
there is an `h1` for each. Paddle's own libraries refuse a signature older than 5 seconds.
"""

import hmac
from hashlib import sha256

from app.integrations.paddle.errors import InvalidSignature

_MOST_PARTS = 20


def check_signature(
    header: str | None, body: bytes, *, secret: str, now: float, tolerance: float
) -> None:
    """Return if the body was signed with the secret, not too long ago.

    Args:
        header: The value of `Paddle-Signature`.
        body: As it came, before anything is parsed.
        secret: Of the notification destination.
        now: Unix seconds.
        tolerance: By how many seconds the signature's time may differ from now, either way.

    Raises:
        InvalidSignature: It was not.
    """
    parts = [part.strip().partition("=") for part in (header or "").split(";", _MOST_PARTS)]
    times = [value for key, _, value in parts if key == "ts"]
    signatures = [value.encode() for key, _, value in parts if key == "h1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdecimal()):
        raise InvalidSignature
    signed = times[0].encode() + b":" + body
    expected = hmac.new(secret.encode(), signed, sha256).hexdigest().encode()
    fits = [hmac.compare_digest(signature, expected) for signature in signatures]
    if not any(fits) or abs(now - int(times[0][:20])) > tolerance:
        raise InvalidSignature
