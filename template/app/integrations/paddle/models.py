"""Tables: the newest known state of customers, subscriptions and transactions, and all events.

The keys are Paddle's own ids, which are unique and sorted by time like those of the service.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.core.db import Base, CreatedAt

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PADDLE_ID = String(64)
CURRENCY = String(3)


class EventState(StrEnum):
    """The state of an event; `kept` if its type has no effect."""

    APPLIED = "applied"
    KEPT = "kept"
    FAILED = "failed"


class SubscriptionStatus(StrEnum):
    """The status at Paddle; `inactive` is in its libraries only.

    https://developer.paddle.com/api-reference/subscriptions/overview
    """

    ACTIVE = "active"
    CANCELED = "canceled"
    INACTIVE = "inactive"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    TRIALING = "trialing"


ENDED = (SubscriptionStatus.CANCELED, SubscriptionStatus.INACTIVE)


class TransactionStatus(StrEnum):
    """The status at Paddle: https://developer.paddle.com/api-reference/transactions/overview."""

    BILLED = "billed"
    CANCELED = "canceled"
    COMPLETED = "completed"
    DRAFT = "draft"
    PAID = "paid"
    PAST_DUE = "past_due"
    READY = "ready"


def _status_in(kind: type[StrEnum]) -> str:
    return f"status IN ({', '.join(repr(status.value) for status in kind)})"


class PaddleEvent(Base):
    """An event as it was received; never deleted."""

    __tablename__ = "paddle_events"
    __table_args__ = (
        CheckConstraint("state IN ('applied', 'kept', 'failed')", name="state_known"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied_at_told"),
    )

    event_id: Mapped[str] = mapped_column(PADDLE_ID, primary_key=True)
    type: Mapped[str] = mapped_column(String(100))
    occurred_at: Mapped[datetime]
    received_at: Mapped[CreatedAt]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String(16))
    applied_at: Mapped[datetime | None]


class Snapshot:
    """The newest known state of an entity, and its version.

    Attributes:
        id: The id at Paddle.
        occurred_at: The time of the event that reported this state; for a row read from the API,
            the later of `changed_at` and the time of the last event.
        event_id: The event that reported this state; empty for a row read from the API.
        changed_at: The time of the change by Paddle's clock (its `updated_at`).
    """

    id: Mapped[str] = mapped_column(PADDLE_ID, primary_key=True)
    occurred_at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(PADDLE_ID)
    changed_at: Mapped[datetime]


class PaddleCustomer(Snapshot, Base):
    """A customer; only the id is known until the customer's own event arrives."""

    __tablename__ = "paddle_customers"

    email: Mapped[str | None] = mapped_column(String(320))
    email_key: Mapped[str | None] = mapped_column(String(320), index=True)
    """The address in the form in which users have it, unless the customer names a user: by it, a
    user with a verified address gets a customer that was imported or created at Paddle."""
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    user_left_at: Mapped[datetime | None]
    """The time when the user was deleted: the customer's subscriptions are cancelled."""


class PaddleSubscription(Snapshot, Base):
    """A subscription.

    Attributes:
        quantities: The quantity of each price; empty in rows stored by an older version.
        duplicate_of: The subscription that the same user had already, if this is a second one.
        duplicate_at: The time when that was noticed.
        duplicate_action: One of `SecondSubscription`.
    """

    __tablename__ = "paddle_subscriptions"
    __table_args__ = (
        CheckConstraint(_status_in(SubscriptionStatus), name="status_known"),
        Index(None, "customer_id", "status"),
        Index(None, "duplicate_of", "id"),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey(PaddleCustomer.id, ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(String(16))
    price_ids: Mapped[list[str]] = mapped_column(ARRAY(PADDLE_ID))
    product_ids: Mapped[list[str]] = mapped_column(ARRAY(PADDLE_ID))
    quantities: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'"))
    currency_code: Mapped[str] = mapped_column(CURRENCY)
    started_at: Mapped[datetime | None]
    current_period_starts_at: Mapped[datetime | None]
    current_period_ends_at: Mapped[datetime | None]
    next_billed_at: Mapped[datetime | None]
    scheduled_change: Mapped[str | None] = mapped_column(String(16))
    scheduled_change_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    duplicate_of: Mapped[str | None] = mapped_column(PADDLE_ID)
    duplicate_at: Mapped[datetime | None]
    duplicate_action: Mapped[str | None] = mapped_column(String(16))


class PaddleTransaction(Snapshot, Base):
    """A purchase, from the open checkout to the payment. Amounts are in the smallest unit."""

    __tablename__ = "paddle_transactions"
    __table_args__ = (CheckConstraint(_status_in(TransactionStatus), name="status_known"),)

    customer_id: Mapped[str | None] = mapped_column(
        ForeignKey(PaddleCustomer.id, ondelete="RESTRICT"), index=True
    )
    # No foreign key: the subscription's own event may arrive later, or may never have been sent.
    subscription_id: Mapped[str | None] = mapped_column(PADDLE_ID, index=True)
    status: Mapped[str] = mapped_column(String(16))
    currency_code: Mapped[str] = mapped_column(CURRENCY)
    subtotal: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    grand_total: Mapped[int] = mapped_column(BigInteger)
    billed_at: Mapped[datetime | None]
    invoice_number: Mapped[str | None] = mapped_column(PADDLE_ID)


class PaddleCheckout(Base):
    """The open checkout of a user: the only transaction that they can pay at a time.

    Attributes:
        transaction_id: The transaction at Paddle, once it is known.
        claimed_until: The end of the lease of the request that works on it.
    """

    __tablename__ = "paddle_checkouts"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    transaction_id: Mapped[str | None] = mapped_column(PADDLE_ID)
    claimed_until: Mapped[datetime]


class PaddleReconciliation(Base):
    """The position of an unfinished reconciliation; one row at most."""

    __tablename__ = "paddle_reconciliations"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    after: Mapped[str | None] = mapped_column(PADDLE_ID)
