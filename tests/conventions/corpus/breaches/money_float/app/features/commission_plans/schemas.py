"""Request and response models of commissions."""

from typing import Annotated

from pydantic import Field

from app.core.api import RequestModel, ResponseModel

Euros = Annotated[float, Field(ge=0, le=10_000_000, examples=[1250.5])]


class DealIn(RequestModel):
    """A deal that a seller has closed."""

    revenue: Euros  # breach: money-float
    discount: float | None = Field(  # breach: money-float
        default=None, ge=0, le=10_000_000, examples=[50.0]
    )


class CommissionOut(ResponseModel):
    """The commission of a seller for a deal."""

    number: str = Field(examples=["D-2041"])
    earned_total: float = Field(examples=[62.52])  # breach: money-float
