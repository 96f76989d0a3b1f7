"""Settings of the other service that this feature calls."""

from app.settings import HttpUrl, ServiceSettings


class SubscriberListSettings(ServiceSettings):
    """Access to the other service."""

    subscriber_list_url: HttpUrl = "https://subscriber-list.example.com"
    """The base URL of its API."""
