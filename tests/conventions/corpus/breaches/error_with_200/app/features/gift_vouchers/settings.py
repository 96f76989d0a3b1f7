"""Settings of the other service that this feature calls."""

from app.settings import HttpUrl, ServiceSettings


class VoucherBankSettings(ServiceSettings):
    """Access to the other service."""

    voucher_bank_url: HttpUrl = "https://voucher-bank.example.com"
    """The base URL of its API."""
