"""Request and response models of payouts."""

from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, ShortText, WholeNumber

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class PayoutIn(RequestModel):
    """A payout to ask for."""

    cents: WholeNumber = Field(ge=100, le=10_000_000, examples=[25_000])
    reference: ShortText = Field(examples=["Sales in May"])


class PayoutOut(ResponseModel):
    """A payout."""

    id: UUID = Field(examples=[_ID])
    cents: int = Field(examples=[25_000])


class ReceiptOut(ResponseModel):
    """The number under which the bank keeps a payout."""

    number: str = Field(examples=["po_88213"])
