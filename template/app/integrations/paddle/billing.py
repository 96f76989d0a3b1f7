"""The rules of billing: whose subscription is whose, and what it gives."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.errors import (
    AlreadySubscribed,
    CustomerNotFound,
    EmailNotVerified,
    PaddleRejected,
    SubscriptionNotFound,
    UnknownPlan,
)
from app.integrations.paddle.models import PaddleCustomer, PaddleSubscription, SubscriptionStatus
from app.integrations.paddle.schemas import (
    CheckoutIn,
    CheckoutOut,
    PortalSessionOut,
    SubscriptionOut,
)
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import ENDED, link_customer, store_customers

MOST_SUBSCRIPTIONS = 100

log = structlog.get_logger()


def gives_plan(subscription: PaddleSubscription, *, settings: PaddleSettings) -> bool:
    """Return whether a subscription gives its plan now.

    An active or trialing one does, cancelled for later or not. One that is past due does for
    `PADDLE_GRACE_DAYS` from when the payment was due, which began its period.
    """
    match subscription.status:
        case SubscriptionStatus.ACTIVE | SubscriptionStatus.TRIALING:
            return True
        case SubscriptionStatus.PAST_DUE:
            due = subscription.current_period_starts_at
            return due is not None and datetime.now(UTC) < due + settings.grace
        case _:
            return False


async def find_subscriptions(session: AsyncSession, user_id: UUID) -> Sequence[PaddleSubscription]:
    """Return a user's subscriptions that have not ended: those that may give a plan first."""
    order = {SubscriptionStatus.ACTIVE: 0, SubscriptionStatus.TRIALING: 0}
    order[SubscriptionStatus.PAST_DUE] = 1
    found = await session.scalars(
        select(PaddleSubscription)
        .join(PaddleCustomer, PaddleCustomer.id == PaddleSubscription.customer_id)
        .where(PaddleCustomer.user_id == user_id, PaddleSubscription.status.not_in(ENDED))
        .order_by(
            case(order, value=PaddleSubscription.status, else_=2), PaddleSubscription.id.desc()
        )
        .limit(MOST_SUBSCRIPTIONS)
    )
    return found.all()


async def get_subscription(
    session: AsyncSession, user_id: UUID, *, settings: PaddleSettings
) -> SubscriptionOut:
    """Return a user's subscription: of several, one that gives its plan, and the newest of those.

    Raises:
        SubscriptionNotFound: There is none, or it has ended.
    """
    found = await find_subscriptions(session, user_id)
    if not found:
        raise SubscriptionNotFound
    best = next((one for one in found if gives_plan(one, settings=settings)), found[0])
    kept = {name: getattr(best, name, None) for name in SubscriptionOut.model_fields}
    plan, is_active = settings.plan_of(best.price_ids), gives_plan(best, settings=settings)
    return SubscriptionOut.model_validate(kept | {"plan": plan, "is_active": is_active})


async def has_plan(
    session: AsyncSession, user_id: UUID, plans: Sequence[str], *, settings: PaddleSettings
) -> bool:
    """Return whether a subscription of the user gives one of the plans now."""
    return any(
        gives_plan(one, settings=settings) and settings.plan_of(one.price_ids) in plans
        for one in await find_subscriptions(session, user_id)
    )


async def start_checkout(
    session: AsyncSession,
    user: AuthenticatedUser,
    wanted: CheckoutIn,
    *,
    paddle: PaddleClient,
    settings: PaddleSettings,
    is_proven: bool,
) -> CheckoutOut:
    """Prepare a purchase at Paddle, for a customer that is known to be this user.

    Args:
        session: The customer is stored with it.
        user: Who buys.
        wanted: What.
        paddle: Whom to buy from.
        settings: What is sold.
        is_proven: Whether the user has shown that their address is theirs.

    Raises:
        UnknownPlan: There is no such plan, or it is not sold at this price.
        AlreadySubscribed: The user has a subscription to it that has not ended.
        EmailNotVerified: The address is a customer's already, and not proven to be the user's.
        PaddleRejected: Paddle sells no such price, or has no page for checkouts.
    """
    prices = settings.paddle_plans.get(wanted.plan, ())
    price_id = wanted.price_id or next(iter(prices), None)
    if price_id is None or price_id not in prices:
        raise UnknownPlan
    for one in await find_subscriptions(session, user.id):
        if settings.plan_of(one.price_ids) == wanted.plan:
            raise AlreadySubscribed
    customer_id = await _find_customer(session, user.id)
    if customer_id is None:
        customer_id = await _make_customer(session, user, paddle=paddle, is_proven=is_proven)
    transaction = await paddle.create_transaction(customer_id=customer_id, price_id=price_id)
    url = transaction.checkout.url if transaction.checkout else None
    if url is None:
        log.error("paddle_default_payment_link_missing")
        raise PaddleRejected
    return CheckoutOut(transaction_id=transaction.id, url=url)


async def open_portal(
    session: AsyncSession, user_id: UUID, *, paddle: PaddleClient
) -> PortalSessionOut:
    """Return the way to the user's own pages at Paddle.

    Raises:
        CustomerNotFound: The user has never been to a checkout.
    """
    customer_id = await _find_customer(session, user_id)
    if customer_id is None:
        raise CustomerNotFound
    await session.close()  # no connection waits while Paddle answers
    return PortalSessionOut(url=await paddle.open_portal(customer_id))


async def _find_customer(session: AsyncSession, user_id: UUID) -> str | None:
    """Return the user's customer: of several, the one that Paddle made first."""
    mine = select(PaddleCustomer.id).where(PaddleCustomer.user_id == user_id)
    return await session.scalar(mine.order_by(PaddleCustomer.id).limit(1))


async def _make_customer(
    session: AsyncSession, user: AuthenticatedUser, *, paddle: PaddleClient, is_proven: bool
) -> str:
    """Return a customer for the user; one that Paddle has at the address only if that is proven."""
    customer = await paddle.create_customer(email=user.email, user_id=user.id)
    if customer is None:
        customer = await paddle.find_customer(user.email)
        if customer is None or not (customer.named_user == user.id or is_proven):
            raise EmailNotVerified
    await store_customers(session, [customer])
    await link_customer(session, customer.id, user.id)
    if await _find_customer(session, user.id) is None:  # it is another user's, who changed address
        raise EmailNotVerified
    return customer.id
