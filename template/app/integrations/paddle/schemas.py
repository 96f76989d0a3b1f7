"""Models of requests and responses."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.api import Filter, ListQuery, Orders, RequestModel, ResponseModel
from app.integrations.paddle.entities import PaddleId
from app.integrations.paddle.models import PaddleSubscription, SubscriptionStatus
from app.integrations.paddle.settings import SecondSubscription

Outcome = Literal["applied", "kept", "repeated"]
_SOON = "2026-02-28T12:00:00Z"


class ReceivedOut(ResponseModel):
    """The outcome of an event."""

    event_id: str = Field(examples=["evt_01hv8x2a0xbaztc7dvxrmvmxfz"])
    outcome: Outcome = Field(examples=["applied"])


class SubscriptionItemOut(ResponseModel):
    """A price of a subscription."""

    price_id: str = Field(examples=["pri_01gsz8x8sawmvhz1pv30nge1ke"])
    product_id: str = Field(examples=["pro_01gsz4t5hdjse780zja8vvr7jg"])
    quantity: int | None = Field(
        description="Such as the number of seats; null until Paddle reports it.", examples=[1]
    )


class SubscriptionOut(ResponseModel):
    """A subscription."""

    id: str = Field(examples=["sub_01hv8x29kz0t586xy6zn1a62ny"])
    status: str = Field(examples=["active"], json_schema_extra={"enum": [*SubscriptionStatus]})
    plan: str | None = Field(
        description="The first of `plans`; null if its prices are not for sale any more.",
        examples=["pro"],
    )
    plans: list[str] = Field(
        description="The plans of all of its prices, in the service's order.", examples=[["pro"]]
    )
    is_active: bool = Field(description="Whether it grants its plans now.", examples=[True])
    grace_ends_at: datetime | None = Field(
        description="If a payment is due: the time until which it still grants its plans.",
        examples=[None],
    )
    items: list[SubscriptionItemOut]
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
    quantity: int = Field(
        default=1, ge=1, le=100_000, description="Such as the number of seats.", examples=[1]
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
    cancel_url: str | None = Field(
        description="Likewise, the page that cancels the subscription.", examples=[None]
    )
    update_payment_method_url: str | None = Field(
        description="Likewise, the page that changes the payment method, and pays what is due.",
        examples=[None],
    )


class DuplicateOut(ResponseModel):
    """A second subscription of a user."""

    id: str = Field(examples=["sub_01hv8x29kz0t586xy6zn1a62ny"])
    customer_id: str = Field(examples=["ctm_01hv6y1jedq4p1n0yqn5ba3ky4"])
    status: str = Field(examples=["active"], json_schema_extra={"enum": [*SubscriptionStatus]})
    duplicate_of: str = Field(
        description="The subscription that the user had already.",
        examples=["sub_01hp463gxfvndqjjyqn2n7tkth"],
    )
    duplicate_at: datetime = Field(description="When it was noticed.", examples=[_SOON])
    duplicate_action: str = Field(
        examples=["report"], json_schema_extra={"enum": [*SecondSubscription]}
    )


class DuplicateQuery(ListQuery):
    """The query parameters of the list of second subscriptions."""

    sort: Annotated[Literal["id", "-id"], Orders(id=[PaddleSubscription.id])] = Field(
        default="-id", description="`-` starts with the newest."
    )
    status: Annotated[SubscriptionStatus | None, Filter(PaddleSubscription.status.__eq__)] = Field(
        default=None, description="Only those with this status.", examples=["active"]
    )
