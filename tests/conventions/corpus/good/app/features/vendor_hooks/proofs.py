"""Dependencies that check that a call was sent by the vendor, over its raw body."""

import secrets
from base64 import b64decode
from binascii import Error as InvalidBase64
from time import time
from typing import Annotated

import structlog
from cryptography.exceptions import InvalidSignature as BadSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.hmac import HMAC
from fastapi import Depends, Header, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import ValidationError

from app.core.errors import BadRequest, Forbidden
from app.core.services import get
from app.features.vendor_hooks.events import CourierEvent, DeliveryReport, SigningEvent
from app.features.vendor_hooks.settings import VendorHookSettings

_basic = HTTPBasic(auto_error=False)
log = structlog.get_logger(feature="vendor_hooks")


class UnprovenCall(Forbidden):
    """The call does not prove that it comes from the vendor."""

    code = "vendor_call_unproven"
    message = "The signature or the credentials are invalid, or too old."


class UnreadableEvent(BadRequest):
    """The body is signed, but is no event."""

    code = "vendor_event_unreadable"
    message = "The body is not an event of the documented form."


async def read_courier_event(
    request: Request,
    x_courier_signature: Annotated[str, Header(max_length=100)],
    x_courier_time: Annotated[str, Header(pattern=r"^[0-9]{1,12}$")],
) -> CourierEvent:
    """Return an event that the courier has signed with its private key.

    Raises:
        UnprovenCall: The signature is invalid, or the call is too old.
        UnreadableEvent: The body is no event.
    """
    settings, body = get(VendorHookSettings), await request.body()
    if abs(time() - int(x_courier_time)) > settings.hook_tolerance_seconds:
        raise UnprovenCall
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(settings.courier_public_key))
        key.verify(b64decode(x_courier_signature), x_courier_time.encode() + b"." + body)
    except (BadSignature, InvalidBase64, ValueError) as error:
        log.warning("courier_call_refused", error=type(error).__name__)
        raise UnprovenCall from None
    try:
        return CourierEvent.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableEvent from error


async def read_signing_event(
    request: Request, x_signature_512: Annotated[str, Header(max_length=200)]
) -> SigningEvent:
    """Return an event with the HMAC of its body, checked by the library in constant time.

    Raises:
        UnprovenCall: The HMAC is invalid.
        UnreadableEvent: The body is no event.
    """
    key, body = get(VendorHookSettings).signing_service_key, await request.body()
    if key is None:
        raise UnprovenCall
    mac = HMAC(key.get_secret_value().encode(), SHA512())
    mac.update(body)
    try:
        mac.verify(bytes.fromhex(x_signature_512))
    except (BadSignature, ValueError):
        raise UnprovenCall from None
    try:
        return SigningEvent.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableEvent from error


async def require_sms_gateway(
    given: Annotated[HTTPBasicCredentials | None, Depends(_basic)], report: DeliveryReport
) -> DeliveryReport:
    """Return a report from a sender that knows the user name and the password.

    Raises:
        UnprovenCall: One of them is wrong.
    """
    settings = get(VendorHookSettings)
    if given is None or settings.sms_callback_password is None:
        raise UnprovenCall
    password = settings.sms_callback_password.get_secret_value()
    is_user = secrets.compare_digest(given.username.encode(), settings.sms_callback_user.encode())
    is_password = secrets.compare_digest(given.password.encode(), password.encode())
    if not (is_user and is_password):
        raise UnprovenCall
    return report
