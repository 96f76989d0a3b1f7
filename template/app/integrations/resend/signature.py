"""Verification of webhook signatures, by the scheme of Svix.

https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from time import time

from app.core.errors import BadRequest

TOLERANCE_SECONDS = 300  # that of Svix's own libraries


class InvalidSignature(BadRequest):
    """The signature of a webhook is invalid or too old."""

    code = "invalid_signature"
    message = "Invalid signature. Check RESEND_WEBHOOK_SECRET and the clock."


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature headers of a webhook.

    Attributes:
        id: The id of the event; the same in every delivery.
        timestamp: The time of signing, in whole seconds since 1970.
        signatures: One or more, such as `v1,…`, separated by spaces; two during a rotation.
    """

    id: str
    timestamp: str
    signatures: str

    def check(self, body: bytes, *, keys: Sequence[bytes]) -> None:
        """Verify that one of the signatures is valid, in constant time.

        Args:
            body: The raw body.
            keys: The decoded secrets, any of which may have signed it.

        Raises:
            InvalidSignature: None is valid, or the timestamp is too old.
        """
        if abs(time() - int(self.timestamp)) > TOLERANCE_SECONDS:
            raise InvalidSignature
        signed = f"{self.id}.{self.timestamp}.".encode() + body
        right = [b"v1," + b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
        given = [signature.encode() for signature in self.signatures.split()]
        if not any([hmac.compare_digest(*pair) for pair in product(given, right)]):  # noqa: C419 - compares all of them
            raise InvalidSignature
