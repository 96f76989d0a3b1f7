"""Checkouts: a user has one open transaction, which a later order changes.

So two tabs, two devices or a repeated request pay the same transaction, which Paddle charges once.
A request works on it under a lease: no other one calls Paddle for this user meanwhile, and no
connection is held. A request that dies leaves the lease to expire, and a transaction that nobody
knows and nobody can pay; one that outlives its lease may not return its transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.dependencies import AuthenticatedUser
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.services import get
from app.integrations.paddle.billing import find_subscriptions
from app.integrations.paddle.client import PaddleClient, PricedItem
from app.integrations.paddle.customers import ensure_customer
from app.integrations.paddle.entities import Transaction
from app.integrations.paddle.errors import (
    AlreadySubscribed,
    CheckoutInProgress,
    PaddleRejected,
    UnknownPlan,
)
from app.integrations.paddle.models import ENDED, PaddleCheckout, TransactionStatus
from app.integrations.paddle.schemas import CheckoutIn, CheckoutOut
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import store_subscriptions

LEASE = timedelta(seconds=60)
UNPAID = (TransactionStatus.DRAFT, TransactionStatus.READY)

log = structlog.get_logger()


@dataclass(slots=True)
class Lease:
    """The right to work on the checkout of a user, and the transaction that is left there."""

    user_id: UUID
    until: datetime
    transaction_id: str | None


async def start_checkout(user: AuthenticatedUser, order: CheckoutIn) -> CheckoutOut:
    """Start the checkout of a user at Paddle, or change the order of the one that is open.

    Args:
        user: The buyer.
        order: The plan, the price and the quantity.

    Raises:
        UnknownPlan: The plan does not exist, or does not have this price.
        AlreadySubscribed: The user has a subscription that has not ended.
        CheckoutInProgress: Another request works on it, or its payment is being processed.
        EmailNotVerified: Another customer has the address, and the user has not verified it.
        PaddleRejected: Paddle does not know the price, or has no page for checkouts.
    """
    item = choose_price(order.plan, order.price_id, order.quantity)
    async with _leased(user.id) as lease:
        customer_id = await ensure_customer(user)
        await _refuse_subscribers(user.id)
        transaction = await _reopen(lease.transaction_id, customer_id, item)
        if transaction is None:
            transaction = await get(PaddleClient).create_transaction(customer_id, [item])
        lease.transaction_id = transaction.id
    url = transaction.checkout.url if transaction.checkout else None
    if url is None:
        log.error("paddle_default_payment_link_missing")
        raise PaddleRejected
    return CheckoutOut(transaction_id=transaction.id, url=url)


def choose_price(plan: str, price_id: str | None, quantity: int) -> PricedItem:
    """Return a price of a plan, by default its first one.

    Raises:
        UnknownPlan: The plan does not exist, or does not have this price.
    """
    prices = get(PaddleSettings).paddle_plans.get(plan, ())
    chosen = price_id or next(iter(prices), None)
    if chosen is None or chosen not in prices:
        raise UnknownPlan
    return PricedItem(price_id=chosen, quantity=quantity)


async def _refuse_subscribers(user_id: UUID) -> None:
    async with ReadSessionLocal() as session:
        if await find_subscriptions(session, user_id):
            raise AlreadySubscribed


async def _reopen(
    transaction_id: str | None, customer_id: str, item: PricedItem
) -> Transaction | None:
    """Return the open transaction with this order; `None` if it cannot be paid any more.

    Raises:
        AlreadySubscribed: It has been paid.
        CheckoutInProgress: It is being paid.
    """
    paddle = get(PaddleClient)
    transaction = await paddle.find_transaction(transaction_id) if transaction_id else None
    if transaction is None or transaction.status is TransactionStatus.CANCELED:
        return None
    if transaction.status not in UNPAID:
        return await _follow_payment(transaction)
    ordered = [PricedItem(price_id=it.price.id, quantity=it.quantity) for it in transaction.items]
    if transaction.customer_id == customer_id and ordered == [item]:
        return transaction
    changed = await paddle.change_transaction(transaction.id, customer_id, [item])
    if changed is None:  # paid since it was read
        raise CheckoutInProgress
    return changed


async def _follow_payment(transaction: Transaction) -> None:
    """Store the subscription of a paid transaction, whose event may be on its way.

    Raises:
        AlreadySubscribed: It runs.
        CheckoutInProgress: It does not exist yet.
    """
    if transaction.subscription_id is None:
        raise CheckoutInProgress
    subscription = await get(PaddleClient).get_subscription(transaction.subscription_id)
    async with AsyncSessionLocal.begin() as session:
        await store_subscriptions(session, [subscription])
    if subscription.status not in ENDED:
        raise AlreadySubscribed


@asynccontextmanager
async def _leased(user_id: UUID) -> AsyncIterator[Lease]:
    """Hold the checkout of a user during a block, and store the transaction that it leaves.

    Raises:
        CheckoutInProgress: Another request holds it, or has taken it over.
    """
    lease = await _take_lease(user_id)
    try:
        yield lease
    except BaseException:
        await _end_lease(lease)
        raise
    if not await _end_lease(lease):
        raise CheckoutInProgress


async def _take_lease(user_id: UUID) -> Lease:
    now = datetime.now(UTC)
    values = {"user_id": user_id, "claimed_until": now + LEASE}
    statement = (
        insert(PaddleCheckout)
        .values(values)
        .on_conflict_do_update(
            index_elements=[PaddleCheckout.user_id],
            set_={"claimed_until": now + LEASE},
            where=PaddleCheckout.claimed_until <= now,
        )
        .returning(PaddleCheckout.transaction_id)
    )
    async with AsyncSessionLocal.begin() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise CheckoutInProgress
    return Lease(user_id, now + LEASE, row.transaction_id)


async def _end_lease(lease: Lease) -> bool:
    """Return whether this request still held it."""
    held = (PaddleCheckout.user_id == lease.user_id, PaddleCheckout.claimed_until == lease.until)
    values = {"claimed_until": datetime.now(UTC), "transaction_id": lease.transaction_id}
    statement = update(PaddleCheckout).where(*held).values(values)
    async with AsyncSessionLocal.begin() as session:
        ended = await session.scalar(statement.returning(PaddleCheckout.user_id))
    return ended is not None
