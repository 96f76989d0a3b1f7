"""Models of requests and responses."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.core.api import RequestModel, ResponseModel
from app.integrations.paddle.entities import PaddleId
from app.integrations.paddle.models import SubscriptionStatus

Outcome = Literal["applied", "kept", "repeated"]
_SOON = "2026-02-28T12:00:00Z"


class ReceivedOut(ResponseModel):
    """The outcome of an event."""

    event_id: str = Field(examples=["evt_01hv8x2a0xbaztc7dvxrmvmxfz"])
    outcome: Outcome = Field(examples=["applied"])


class SubscriptionOut(ResponseModel):
    """A subscription."""

    id: str = Field(examples=["sub_01hv8x29kz0t586xy6zn1a62ny"])
    status: str = Field(examples=["active"], json_schema_extra={"enum": [*SubscriptionStatus]})
    plan: str | None = Field(
        description="The plan of its price; null if it is not for sale any more.", examples=["pro"]
    )
    is_active: bool = Field(description="Whether it grants the plan now.", examples=[True])
    price_ids: list[str] = Field(examples=[["pri_01gsz8x8sawmvhz1pv30nge1ke"]])
    currency_code: str = Field(examples=["USD"])
    current_period_starts_at: datetime | None = Field(examples=["2026-01-31T12:00:00Z"])
    current_period_ends_at: datetime | None = Field(examples=[_SOON])
    next_billed_at: datetime | None = Field(examples=[_SOON])
    scheduled_change: str | None = Field(
        description="The scheduled change, if any: cancel, pause or resume.", examples=["cancel"]
    )
    scheduled_change_at: datetime | None = Field(examples=[_SOON])


class CheckoutIn(RequestModel):
    """The plan to buy."""

    plan: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$", examples=["pro"])
    price_id: PaddleId | None = Field(
        default=None,
        description="One of the prices of the plan, such as the yearly one. Default: the first.",
        examples=["pri_01gsz8x8sawmvhz1pv30nge1ke"],
    )


class CheckoutOut(ResponseModel):
    """An unpaid checkout."""

    transaction_id: str = Field(
        description="For `Paddle.Checkout.open({transactionId: …})`.",
        examples=["txn_01hv8wptq8987qeep44cyrewp9"],
    )
    url: str = Field(
        description="The page that opens it.",
        examples=["https://example.com/pay?_ptxn=txn_01hv8wptq8987qeep44cyrewp9"],
    )


class PortalSessionOut(ResponseModel):
    """A link to the customer's pages at Paddle."""

    url: str = Field(
        description="Logs the customer in; valid for a short time.",
        examples=["https://customer-portal.paddle.com/cpl_01j7zbyqs3vah3aafp4jf62qaw"],
    )
