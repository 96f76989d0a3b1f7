"""Settings of tax lookups."""

from app.settings import ServiceSettings


class TaxSettings(ServiceSettings):
    """The address of the tax office."""

    tax_office_url: str = "http://localhost:9100"
    """The URL of the tax office."""
