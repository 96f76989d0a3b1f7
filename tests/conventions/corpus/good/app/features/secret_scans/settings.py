"""Settings of scans."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class ScanSettings(ServiceSettings):
    """Access to the service that revokes keys."""

    required_in_production: ClassVar[tuple[str, ...]] = ("revocation_api_key",)

    revocation_url: HttpUrl = "https://revocations.example.com"
    """The base URL of its API."""

    revocation_api_key: SecretStr | None = None
    """Our key."""

    revocation_secret_names: Annotated[int, Field(ge=1, le=100)] = 10
    """The most names of secrets in one request."""
