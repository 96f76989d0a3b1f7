"""Settings of the other service that this feature calls."""

from app.settings import HttpUrl, ServiceSettings


class PayoutBankSettings(ServiceSettings):
    """Access to the other service."""

    payout_bank_url: HttpUrl = "https://payout-bank.example.com"
    """The base URL of its API."""
