"""Models of Paddle's events and entities: https://developer.paddle.com/api-reference/overview.

Fields that are not stored are ignored, so that new ones break nothing.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.api import UtcDatetime, normalized_email
from app.integrations.paddle.models import SubscriptionStatus, TransactionStatus

PaddleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Row = dict[str, Any]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Event(_Model):
    """An event of a webhook: https://developer.paddle.com/webhooks/overview."""

    event_id: PaddleId
    event_type: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
    occurred_at: UtcDatetime
    data: dict[str, Any]


class Entity(_Model):
    """A customer, subscription or transaction; an event contains all of it, as of its time."""

    id: PaddleId
    updated_at: UtcDatetime | None = None

    def columns(self) -> Row:
        """Return the columns of its table, without the id."""
        raise NotImplementedError

    def row(self, *, event: Event | None = None) -> Row:
        """Return the row to store.

        Args:
            event: The event that contained it; `None` if it was read from the API.
        """
        changed_at = self.updated_at or (event.occurred_at if event else None)
        if changed_at is None:
            message = f"{self.id} has no updated_at"
            raise ValueError(message)
        version = {
            "occurred_at": event.occurred_at if event else changed_at,
            "event_id": event.event_id if event else "",
            "changed_at": changed_at,
        }
        return {"id": self.id} | version | self.columns()


class Customer(Entity):
    """https://developer.paddle.com/api-reference/customers/overview."""

    email: Annotated[str, StringConstraints(max_length=320)] | None = None
    custom_data: Mapping[str, Any] | None = None

    def columns(self) -> Row:
        """Return the columns; see `Entity`."""
        key = normalized_email(self.email) if self.email and not self.named_user else None
        return {"email": self.email, "email_key": key, "user_id": self.named_user}

    @property
    def named_user(self) -> UUID | None:
        """The id of the user for whom this service created the customer.

        Only the API key can write it. A browser can write the custom data of transactions and
        subscriptions, so those are never read.
        """
        try:
            return UUID(str((self.custom_data or {}).get("user_id")))
        except ValueError:
            return None


class _PriceId(_Model):
    id: PaddleId
    product_id: PaddleId


class Item(_Model):
    """A price of a subscription or transaction, and its quantity, such as the number of seats."""

    price: _PriceId
    quantity: Annotated[int, Field(ge=0, lt=2**31)] = 1


class _Period(_Model):
    starts_at: UtcDatetime
    ends_at: UtcDatetime


class _ScheduledChange(_Model):
    action: Annotated[str, StringConstraints(max_length=16)]
    effective_at: UtcDatetime


class Subscription(Entity):
    """https://developer.paddle.com/api-reference/subscriptions/overview."""

    customer_id: PaddleId
    status: SubscriptionStatus
    currency_code: Currency
    items: list[Item]
    started_at: UtcDatetime | None = None
    current_billing_period: _Period | None = None
    next_billed_at: UtcDatetime | None = None
    scheduled_change: _ScheduledChange | None = None
    canceled_at: UtcDatetime | None = None

    def columns(self) -> Row:
        """Return the columns; see `Entity`."""
        period, change = self.current_billing_period, self.scheduled_change
        prices = [item.price for item in self.items]
        return {
            "customer_id": self.customer_id,
            "status": self.status,
            "price_ids": [price.id for price in prices],
            "product_ids": [price.product_id for price in prices],
            "quantities": [item.quantity for item in self.items],
            "currency_code": self.currency_code,
            "started_at": self.started_at,
            "current_period_starts_at": period.starts_at if period else None,
            "current_period_ends_at": period.ends_at if period else None,
            "next_billed_at": self.next_billed_at,
            "scheduled_change": change.action if change else None,
            "scheduled_change_at": change.effective_at if change else None,
            "canceled_at": self.canceled_at,
        }


class _Totals(_Model):
    subtotal: Amount
    discount: Amount
    tax: Amount
    total: Amount
    grand_total: Amount


class _Details(_Model):
    totals: _Totals


class Checkout(_Model):
    """The page where a transaction is paid."""

    url: str | None = None


class Transaction(Entity):
    """https://developer.paddle.com/api-reference/transactions/overview."""

    customer_id: PaddleId | None = None
    subscription_id: PaddleId | None = None
    status: TransactionStatus
    currency_code: Currency
    details: _Details
    items: list[Item] = []
    checkout: Checkout | None = None
    billed_at: UtcDatetime | None = None
    invoice_number: Annotated[str, StringConstraints(max_length=64)] | None = None

    def columns(self) -> Row:
        """Return the columns; see `Entity`."""
        stored = {"customer_id", "subscription_id", "status", "currency_code", "billed_at"} | {
            "invoice_number"
        }
        return self.model_dump(include=stored) | self.details.totals.model_dump()


class _GeneralPages(_Model):
    overview: str


class Money(_Model):
    """An amount in the smallest unit of a currency."""

    amount: Amount
    currency_code: Currency


class Interval(_Model):
    """A time such as three months."""

    interval: Literal["day", "week", "month", "year"]
    frequency: int


class _QuantityRange(_Model):
    minimum: int = 1
    maximum: int = 100


class Price(_Model):
    """https://developer.paddle.com/api-reference/prices/overview."""

    id: PaddleId
    product_id: PaddleId
    name: str | None = None
    description: str
    unit_price: Money
    billing_cycle: Interval | None = None
    trial_period: Interval | None = None
    quantity: _QuantityRange = _QuantityRange()


class Invoice(_Model):
    """The address of a PDF file."""

    url: str


class _ChangeResult(_Model):
    action: Literal["credit", "charge"]
    amount: Amount
    currency_code: Currency


class _UpdateSummary(_Model):
    credit: Money
    charge: Money
    result: _ChangeResult


class _PreviewedTransaction(_Model):
    details: _Details
    billing_period: _Period | None = None


class ChangePreview(_Model):
    """https://developer.paddle.com/api-reference/subscriptions/preview-subscription-update."""

    currency_code: Currency
    next_billed_at: UtcDatetime | None = None
    update_summary: _UpdateSummary | None = None
    immediate_transaction: _PreviewedTransaction | None = None
    next_transaction: _PreviewedTransaction | None = None
    recurring_transaction_details: _Details


class SubscriptionPages(_Model):
    """The pages of a subscription."""

    id: PaddleId
    cancel_subscription: str
    update_subscription_payment_method: str


class _PortalPages(_Model):
    general: _GeneralPages
    subscriptions: list[SubscriptionPages] = []


class Portal(_Model):
    """https://developer.paddle.com/api-reference/customer-portals/overview."""

    urls: _PortalPages
