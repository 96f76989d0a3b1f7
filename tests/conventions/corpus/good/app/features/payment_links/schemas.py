"""Request and response models of payment links."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import RequestModel, ResponseModel

MAX_CENTS = 10**9

LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,30}$")]
LabelText = Annotated[str, StringConstraints(max_length=100)]


class PaymentLinkIn(RequestModel):
    """A link to make."""

    amount_cents: int = Field(gt=0, le=MAX_CENTS, examples=[4990])
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(examples=["EUR"])
    labels: dict[LabelName, LabelText] = Field(
        default_factory=dict, max_length=10, examples=[{"order": "2026-0042"}]
    )


class PaymentLinkOut(ResponseModel):
    """A link at which a customer pays."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    url: str = Field(examples=["https://pay.example/l/8f2c"])
    amount_cents: int = Field(examples=[4990])
    currency: str = Field(examples=["EUR"])
    paid_at: datetime | None = Field(examples=[None])
