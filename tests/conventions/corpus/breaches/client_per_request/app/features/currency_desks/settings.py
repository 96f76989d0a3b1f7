"""Settings of currency desks."""

from app.settings import ServiceSettings


class CentralBankSettings(ServiceSettings):
    """The addresses of the central bank."""

    central_bank_url: str = "http://localhost:9400"
    """The URL of the bank's rates."""

    vault_url: str = "postgresql://localhost:5499/vault"
    """The URL of the vault's database."""
