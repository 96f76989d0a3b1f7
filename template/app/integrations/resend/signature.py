"""Whether a webhook is Resend's: signed by the scheme of Svix.

https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from time import time

from app.core.errors import BadRequest

TOLERANCE_SECONDS = 300  # that of Svix's own libraries


class InvalidSignature(BadRequest):
    """The webhook is not signed as Resend signs, or was signed too long ago."""

    code = "invalid_signature"
    message = "The signature does not fit. Check RESEND_WEBHOOK_SECRET and the clock."


@dataclass(frozen=True, slots=True)
class Signature:
    """What came with a webhook.

    Attributes:
        id: Names the event; the same when it comes again.
        timestamp: When it was signed, in whole seconds since 1970.
        signatures: One or more, such as `v1,…`, with a space between; two while secrets change.
    """

    id: str
    timestamp: str
    signatures: str

    def check(self, body: bytes, *, key: bytes) -> None:
        """Return if one of the signatures is right, in a time that does not depend on them.

        Args:
            body: As it came.
            key: What the secret stands for.

        Raises:
            InvalidSignature: None is, or it is too old.
        """
        if abs(time() - int(self.timestamp)) > TOLERANCE_SECONDS:
            raise InvalidSignature
        signed = f"{self.id}.{self.timestamp}.".encode() + body
        right = b"v1," + b64encode(hmac.digest(key, signed, "sha256"))
        if not any([hmac.compare_digest(right, s.encode()) for s in self.signatures.split()]):  # noqa: C419 - looks at all
            raise InvalidSignature
