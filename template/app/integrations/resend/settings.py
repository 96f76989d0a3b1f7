"""The settings of Resend."""

import binascii
from base64 import b64decode
from email.headerregistry import Address
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from app.core.email import EmailSettings
from app.core.production import InProduction
from app.settings import HttpUrl, SecretList

TESTING_SENDER = "onboarding@resend.dev"
"""The sender that Resend allows every account for messages to itself."""

MIN_KEY_BYTES = 24
"""The shortest key of a webhook: https://github.com/standard-webhooks/standard-webhooks."""


def decode_secret(secret: SecretStr) -> bytes:
    """Return the key that a webhook secret encodes.

    Raises:
        ValueError: The secret is malformed.
    """
    prefix, _, encoded = secret.get_secret_value().partition("_")
    try:
        key = b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix == "whsec" and key:
        return key
    message = "copy it from the webhook's page at Resend; it begins with whsec_"
    raise ValueError(message)


def _find_short_secret(secrets: tuple[SecretStr, ...]) -> str | None:
    if all(len(decode_secret(secret)) >= MIN_KEY_BYTES for secret in secrets):
        return None
    return f"encodes less than {MIN_KEY_BYTES} bytes; copy the whole secret from the webhook's page"


def _check_secrets(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for secret in secrets:
        decode_secret(secret)
    return secrets


class ResendSettings(EmailSettings):
    """Access to Resend."""

    required_in_production: ClassVar[tuple[str, ...]] = (
        "resend_api_key",
        "resend_webhook_secret",
        "mail_from",
    )
    replaces: ClassVar[tuple[str, ...]] = ("SMTP_HOST",)

    resend_api_key: SecretStr | None = None
    """An API key that may send. Optional outside production: e-mail then goes out by SMTP."""

    resend_api_url: HttpUrl = "https://api.resend.com"
    """The base URL of the API."""

    resend_webhook_secret: Annotated[
        SecretList, AfterValidator(_check_secrets), InProduction(_find_short_secret)
    ] = ()
    """The secrets of the webhook, `whsec_…`: several, separated by commas, while it is replaced."""

    resend_requests_per_second: Annotated[float, Field(ge=0.1, le=1000)] = 2
    """The most requests that one process sends. Resend allows a team ten a second, formerly two
    (https://resend.com/docs/api-reference/rate-limit); all processes share that."""

    resend_keep_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """The time for which records of messages are kept; `make purge` deletes older ones."""

    @property
    def sender(self) -> str:
        """The value of the From header."""
        return str(Address(self.mail_from_name, addr_spec=self.mail_from or TESTING_SENDER))
