"""The settings of the status board."""

from app.settings import HttpUrl, ServiceSettings


class BoardSettings(ServiceSettings):
    """The services on the board."""

    board_payments_url: HttpUrl = "https://payments.example"
    """The payment service."""

    board_warehouse_url: HttpUrl = "https://warehouse.example"
    """The warehouse."""

    board_tax_url: HttpUrl = "https://tax.example"
    """The tax service."""
