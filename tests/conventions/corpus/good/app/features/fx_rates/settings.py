"""The settings of exchange rates."""

from typing import Annotated

from pydantic import Field

from app.settings import HttpUrl, ServiceSettings


class FxSettings(ServiceSettings):
    """The bank that publishes the rates."""

    fx_bank_url: HttpUrl = "https://bank.example"
    """The address of the bank."""

    fx_deadline_seconds: Annotated[float, Field(gt=0, le=30)] = 4.0
    """Seconds after which a request to the bank is given up."""
