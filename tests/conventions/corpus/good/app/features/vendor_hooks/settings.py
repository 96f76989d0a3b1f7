"""The settings of the vendors' webhooks."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import ServiceSettings


class VendorHookSettings(ServiceSettings):
    """The keys by which the vendors' calls are recognized; a missing one rejects every call."""

    courier_public_key: str = ""
    """The Ed25519 key of the courier in base64; public, so it is no secret."""

    sms_callback_user: str = "sms-gateway"
    """The user name that the SMS gateway sends."""

    sms_callback_password: SecretStr | None = None
    """The password that the SMS gateway sends with each delivery report."""

    signing_service_key: SecretStr | None = None
    """The key shared with the service that collects signatures."""

    hook_tolerance_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """The age at which a signed call is too old."""
