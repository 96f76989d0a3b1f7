"""Models of requests and responses."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.api import Filter, ListQuery, Orders, RequestModel, ResponseModel, WholeNumber
from app.integrations.paddle.entities import PaddleId
from app.integrations.paddle.models import (
    PaddleSubscription,
    PaddleTransaction,
    SubscriptionStatus,
    TransactionStatus,
)
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
    quantity: WholeNumber = Field(
        default=1, ge=1, le=100_000, description="Such as the number of seats.", examples=[1]
    )


class ScheduleIn(RequestModel):
    """A change at the end of the period."""

    action: Literal["cancel", "pause"] = Field(examples=["cancel"])


class ChangePreviewOut(ResponseModel):
    """The payments that a change would cause. Amounts are in the currency's smallest unit."""

    currency_code: str = Field(examples=["USD"])
    credit: int = Field(description="For the rest of what is paid.", examples=[950])
    charge: int = Field(description="For the rest of the period as changed.", examples=[2450])
    due_now: int = Field(description="Paid at once.", examples=[1500])
    due_next: int = Field(description="Paid at `next_billed_at`.", examples=[4900])
    recurring: int = Field(description="Paid for each later period.", examples=[4900])
    next_billed_at: datetime | None = Field(examples=[_SOON])


class PriceOut(ResponseModel):
    """A price of a plan, for one unit, before the tax of the customer's country."""

    id: str = Field(examples=["pri_01gsz8x8sawmvhz1pv30nge1ke"])
    product_id: str = Field(examples=["pro_01gsz4t5hdjse780zja8vvr7jg"])
    name: str = Field(examples=["Monthly"])
    amount: int = Field(description="In the currency's smallest unit.", examples=[1900])
    currency_code: str = Field(examples=["USD"])
    interval: str | None = Field(
        description="day, week, month or year; null if it is paid once.", examples=["month"]
    )
    frequency: int | None = Field(description="Intervals between payments.", examples=[1])
    trial_interval: str | None = Field(examples=[None])
    trial_frequency: int | None = Field(examples=[None])
    min_quantity: int = Field(examples=[1])
    max_quantity: int = Field(examples=[100])


class PlanOut(ResponseModel):
    """A plan and its prices."""

    name: str = Field(examples=["pro"])
    prices: list[PriceOut]


class InvoiceOut(ResponseModel):
    """A billed transaction. Amounts are in the currency's smallest unit."""

    id: str = Field(examples=["txn_01hv8wptq8987qeep44cyrewp9"])
    invoice_number: str | None = Field(
        description="Null until Paddle issues the invoice.", examples=["325-10261"]
    )
    status: str = Field(examples=["completed"], json_schema_extra={"enum": [*TransactionStatus]})
    subscription_id: str | None = Field(examples=["sub_01hv8x29kz0t586xy6zn1a62ny"])
    currency_code: str = Field(examples=["USD"])
    subtotal: int = Field(examples=[1900])
    discount: int = Field(examples=[0])
    tax: int = Field(examples=[361])
    grand_total: int = Field(examples=[2261])
    billed_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class InvoiceQuery(ListQuery):
    """The query parameters of the list of invoices."""

    sort: Annotated[Literal["id", "-id"], Orders(id=[PaddleTransaction.id])] = Field(
        default="-id", description="`-` starts with the newest."
    )


class InvoicePdfOut(ResponseModel):
    """A link to the PDF of an invoice."""

    url: str = Field(
        description="Valid for an hour.", examples=["https://example.com/invoice_325-10261.pdf"]
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
