"""Settings of the couriers."""

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class CourierSettings(ServiceSettings):
    """Access to the couriers' APIs."""

    courier_url: HttpUrl = "https://api.courier.example"
    """The base URL of the aggregator."""

    # breach: secret-in-code
    courier_hook_secret: SecretStr = Field(default=SecretStr("northbound-2024"))
    """The key that signs the courier's events."""

    courier_account: str = Field(default="acme", max_length=40)
    """The name of our account."""
