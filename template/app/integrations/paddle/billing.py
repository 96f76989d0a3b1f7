"""The service of billing: subscriptions, their plans, checkouts and the customer portal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.settings import AccountSettings
from app.core.services import get
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.errors import (
    AlreadySubscribed,
    CustomerNotFound,
    EmailNotVerified,
    PaddleRejected,
    SubscriptionNotFound,
    UnknownPlan,
)
from app.integrations.paddle.models import (
    ENDED,
    PaddleCustomer,
    PaddleSubscription,
    SubscriptionStatus,
)
from app.integrations.paddle.schemas import (
    CheckoutIn,
    CheckoutOut,
    PortalSessionOut,
    SubscriptionOut,
)
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import link_customer, store_customers

MAX_SUBSCRIPTIONS = 100

log = structlog.get_logger()


def grants_plan(subscription: PaddleSubscription) -> bool:
    """Return whether a subscription grants its plan now.

    An active or trialing one does, also when its cancellation is scheduled. A past due one does for
    `PADDLE_GRACE_DAYS` from the start of its period, when the payment was due.
    """
    match subscription.status:
        case SubscriptionStatus.ACTIVE | SubscriptionStatus.TRIALING:
            return True
        case SubscriptionStatus.PAST_DUE:
            due = subscription.current_period_starts_at
            return due is not None and datetime.now(UTC) < due + get(PaddleSettings).grace
        case _:
            return False


async def find_subscriptions(session: AsyncSession, user_id: UUID) -> Sequence[PaddleSubscription]:
    """Return the subscriptions of a user that have not ended, those that may grant a plan first."""
    order = {SubscriptionStatus.ACTIVE: 0, SubscriptionStatus.TRIALING: 0}
    order[SubscriptionStatus.PAST_DUE] = 1
    subscriptions = await session.scalars(
        select(PaddleSubscription)
        .join(PaddleCustomer, PaddleCustomer.id == PaddleSubscription.customer_id)
        .where(PaddleCustomer.user_id == user_id, PaddleSubscription.status.not_in(ENDED))
        .order_by(
            case(order, value=PaddleSubscription.status, else_=2), PaddleSubscription.id.desc()
        )
        .limit(MAX_SUBSCRIPTIONS)
    )
    return subscriptions.all()


async def get_subscription(session: AsyncSession, user_id: UUID) -> SubscriptionOut:
    """Return the subscription of a user: of several, the newest one that grants its plan.

    Raises:
        SubscriptionNotFound: The user has no subscription, or it has ended.
    """
    subscriptions = await find_subscriptions(session, user_id)
    if not subscriptions:
        raise SubscriptionNotFound
    best = next(filter(grants_plan, subscriptions), subscriptions[0])
    stored = {name: getattr(best, name, None) for name in SubscriptionOut.model_fields}
    plan = get(PaddleSettings).plan_of(best.price_ids)
    return SubscriptionOut.model_validate(stored | {"plan": plan, "is_active": grants_plan(best)})


async def has_plan(session: AsyncSession, user_id: UUID, plans: Sequence[str]) -> bool:
    """Return whether a subscription of the user grants one of the plans now."""
    settings = get(PaddleSettings)
    return any(
        grants_plan(subscription) and settings.plan_of(subscription.price_ids) in plans
        for subscription in await find_subscriptions(session, user_id)
    )


async def start_checkout(
    session: AsyncSession, user: AuthenticatedUser, order: CheckoutIn
) -> CheckoutOut:
    """Start a checkout at Paddle, for the customer of this user.

    Args:
        session: The transaction in which the customer is stored.
        user: The buyer.
        order: The plan and the price.

    Raises:
        UnknownPlan: The plan does not exist, or does not have this price.
        AlreadySubscribed: The user has a subscription to the plan that has not ended.
        EmailNotVerified: Another customer has the address, and the user has not verified it.
        PaddleRejected: Paddle does not know the price, or has no page for checkouts.
    """
    settings, paddle = get(PaddleSettings), get(PaddleClient)
    prices = settings.paddle_plans.get(order.plan, ())
    price_id = order.price_id or next(iter(prices), None)
    if price_id is None or price_id not in prices:
        raise UnknownPlan
    for subscription in await find_subscriptions(session, user.id):
        if settings.plan_of(subscription.price_ids) == order.plan:
            raise AlreadySubscribed
    customer_id = await _find_customer(session, user.id)
    if customer_id is None:
        customer_id = await _create_customer(session, user)
    transaction = await paddle.create_transaction(customer_id=customer_id, price_id=price_id)
    url = transaction.checkout.url if transaction.checkout else None
    if url is None:
        log.error("paddle_default_payment_link_missing")
        raise PaddleRejected
    return CheckoutOut(transaction_id=transaction.id, url=url)


async def open_portal(session: AsyncSession, user_id: UUID) -> PortalSessionOut:
    """Return a link to the user's pages at Paddle.

    Raises:
        CustomerNotFound: The user has never started a checkout.
    """
    customer_id = await _find_customer(session, user_id)
    if customer_id is None:
        raise CustomerNotFound
    await session.close()  # no connection waits while Paddle responds
    return PortalSessionOut(url=await get(PaddleClient).open_portal(customer_id))


async def _find_customer(session: AsyncSession, user_id: UUID) -> str | None:
    """Return the customer of the user: of several, the oldest."""
    customers = select(PaddleCustomer.id).where(PaddleCustomer.user_id == user_id)
    return await session.scalar(customers.order_by(PaddleCustomer.id).limit(1))


async def _create_customer(session: AsyncSession, user: AuthenticatedUser) -> str:
    """Return a customer for the user.

    An existing customer with the user's address is used only if it was created for this user, or
    the user has verified the address: otherwise anyone could claim another's subscriptions.
    """
    paddle = get(PaddleClient)
    customer = await paddle.create_customer(email=user.email, user_id=user.id)
    if customer is None:
        customer = await paddle.find_customer(user.email)
        is_verified = get(AccountSettings).sends_email and user.verified_at is not None
        if customer is None or not (customer.named_user == user.id or is_verified):
            raise EmailNotVerified
    await store_customers(session, [customer])
    await link_customer(session, customer.id, user.id)
    if await _find_customer(session, user.id) is None:  # it belongs to a user with a new address
        raise EmailNotVerified
    return customer.id
