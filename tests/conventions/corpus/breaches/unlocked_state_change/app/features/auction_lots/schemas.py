"""Request and response models of auctions."""

from decimal import Decimal
from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel


class BidIn(RequestModel):
    """A bid on a lot."""

    amount: Decimal = Field(gt=0, max_digits=12, decimal_places=2, examples=["120.00"])


class LotOut(ResponseModel):
    """A lot with its highest bid."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    phase: str = Field(examples=["running"])
    highest_bid: Decimal = Field(examples=["120.00"])
