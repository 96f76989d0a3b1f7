"""Verification of events, by a shared key or by a public key."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cryptography.exceptions import InvalidSignature as SignatureMismatch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.api import UtcDatetime
from app.core.errors import BadRequest, Unauthorized
from app.core.services import get
from app.features.courier_events.settings import CourierEventSettings

TOLERANCE = timedelta(minutes=5)


class CourierSignatureInvalid(Unauthorized):
    """The signature of an event is invalid."""

    code = "courier_signature_invalid"
    message = "Invalid signature. Check the key and the clock."


class CourierEventInvalid(BadRequest):
    """The body is signed, but is not an event."""

    code = "courier_event_invalid"
    message = "The body is not an event of a parcel."


class CourierEvent(BaseModel):
    """An event of a parcel; a courier adds fields whenever it likes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, Field(max_length=100)]
    parcel: Annotated[str, Field(max_length=40)]
    status: Annotated[str, Field(max_length=40)]
    happened_at: UtcDatetime


@dataclass(frozen=True, slots=True)
class SignedBody:
    """A body with the time at which it was sent, and a signature of both."""

    content: bytes
    signature: str
    sent_at: datetime

    @property
    def body(self) -> bytes:
        """The body alone."""
        return self.content.partition(b".")[2]

    def is_recent(self) -> bool:
        """Return whether the body was sent within the last minutes."""
        return abs(datetime.now(UTC) - self.sent_at) <= TOLERANCE

    def is_signed_with(self, key: bytes) -> bool:
        """Return whether a shared key signs the body, in constant time."""
        expected = hmac.new(key, self.content, "sha256").hexdigest()
        return hmac.compare_digest(expected.encode(), self.signature.encode())

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Return whether the owner of a public key has signed the body."""
        try:
            key.verify(bytes.fromhex(self.signature), self.content)
        except (SignatureMismatch, ValueError):
            return False
        return True


async def read_signed_body(
    request: Request,
    x_signature: Annotated[str, Header(max_length=200, examples=["5f4dcc3b"])],
    x_sent_at: Annotated[int, Header(ge=0, le=4_102_444_800, examples=[1_795_390_872])],
) -> SignedBody:
    """Return the raw body and the time before it, both of which are signed."""
    sent_at = datetime.fromtimestamp(x_sent_at, UTC)
    content = f"{x_sent_at}.".encode() + await request.body()
    return SignedBody(content, x_signature, sent_at)


async def read_event(
    signed: Annotated[SignedBody, Depends(read_signed_body)],
) -> CourierEvent:
    """Verify an event, and only then parse it.

    Raises:
        CourierSignatureInvalid: The signature is invalid, or too old.
        CourierEventInvalid: The body is no event.
    """
    settings = get(CourierEventSettings)
    if not signed.is_recent() or not _is_known(signed, settings):
        raise CourierSignatureInvalid
    try:
        return CourierEvent.model_validate_json(signed.body)
    except ValidationError as error:
        raise CourierEventInvalid from error


def _is_known(signed: SignedBody, settings: CourierEventSettings) -> bool:
    secret, public_key = settings.courier_event_secret, settings.courier_event_public_key
    if secret and signed.is_signed_with(secret.get_secret_value().encode()):
        return True
    if public_key is None:
        return False
    return signed.is_signed_by(Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)))


SignedEvent = Annotated[CourierEvent, Depends(read_event)]
