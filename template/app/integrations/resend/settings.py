"""The settings of Resend."""

import binascii
from base64 import b64decode
from email.headerregistry import Address
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, HttpUrl, SecretStr

from app.core.email.backends import MailSettings

TESTING_SENDER = "onboarding@resend.dev"
"""Whom Resend lets every account send as, to itself."""


def decode_secret(secret: SecretStr) -> bytes:
    """Return the key that a webhook's secret stands for.

    Raises:
        ValueError: It is no such secret.
    """
    prefix, _, encoded = secret.get_secret_value().partition("_")
    try:
        key = b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix == "whsec" and key:
        return key
    message = "write it as Resend shows it on the webhook's page: whsec_…"
    raise ValueError(message)


def _check_secret(secret: SecretStr) -> SecretStr:
    decode_secret(secret)
    return secret


class ResendSettings(MailSettings):
    """Where Resend is, and who we are to it."""

    required_in_production: ClassVar[tuple[str, ...]] = (
        "resend_api_key",
        "resend_webhook_secret",
        "mail_from",
    )
    replaces: ClassVar[tuple[str, ...]] = ("SMTP_HOST",)

    resend_api_key: SecretStr | None = None
    """A key that may send. Outside production the service runs without, and mail goes by SMTP."""

    resend_api_url: HttpUrl = HttpUrl("https://api.resend.com")
    """Where the API is."""

    resend_webhook_secret: Annotated[SecretStr, AfterValidator(_check_secret)] | None = None
    """What Resend signs its webhooks with: `whsec_…`."""

    resend_requests_per_second: Annotated[float, Field(ge=0.1, le=1000)] = 2
    """What each process sends at most. Resend allows a team ten a second, and two in former days
    (https://resend.com/docs/api-reference/rate-limit); the processes share that."""

    resend_keep_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long what became of a mail is kept; `make purge` deletes what is older."""

    @property
    def sender(self) -> str:
        """What stands in the field From."""
        return str(Address(self.mail_from_name, addr_spec=self.mail_from or TESTING_SENDER))
