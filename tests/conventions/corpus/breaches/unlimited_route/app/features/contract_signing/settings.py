"""Settings of the other service that this feature calls."""

from app.settings import HttpUrl, ServiceSettings


class SigningServiceSettings(ServiceSettings):
    """Access to the other service."""

    signing_service_url: HttpUrl = "https://signing-service.example.com"
    """The base URL of its API."""
