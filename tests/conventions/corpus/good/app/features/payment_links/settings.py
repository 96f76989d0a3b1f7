"""The settings of payment links."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class PaymentLinkSettings(ServiceSettings):
    """The payment service."""

    pay_api_url: HttpUrl = "https://pay.example"
    """Its address; `https://sandbox.pay.example` for a test account."""

    pay_api_key: SecretStr | None = None
    """The key of the account, in the form `pk_…`; there is no default."""

    pay_vault_entry: str = "projects/shop/secrets/pay-key-v2"
    """The name under which the platform keeps the key; a name, not the key."""

    pay_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 20.0
    """The deadline of one request."""
