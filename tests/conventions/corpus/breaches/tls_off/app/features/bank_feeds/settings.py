"""Settings of bank feeds."""

from app.settings import ServiceSettings


class BankFeedSettings(ServiceSettings):
    """The address of the bank."""

    bank_url: str = "http://localhost:9200"
    """The URL of the bank's server."""
