"""The service of billing: the subscriptions of users, and the plans that they grant."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.services import get
from app.integrations.paddle.errors import SubscriptionNotFound
from app.integrations.paddle.models import (
    ENDED,
    PaddleCustomer,
    PaddleSubscription,
    PaddleTransaction,
    SubscriptionStatus,
    TransactionStatus,
)
from app.integrations.paddle.schemas import SubscriptionItemOut, SubscriptionOut
from app.integrations.paddle.settings import PaddleSettings

MAX_SUBSCRIPTIONS = 100


class OwnedSubscription:
    """A subscription of a user, and its plans.

    Attributes:
        row: The subscription as it is stored.
        plans: The plans of its prices, in the order of `PADDLE_PLANS`.
        grace_ends_at: The end of the grace of a past due subscription.
    """

    def __init__(self, row: PaddleSubscription, due_at: datetime | None) -> None:
        """Take the subscription, and the time when the oldest unpaid payment was due."""
        settings = get(PaddleSettings)
        self.row, self.plans = row, settings.plans_of(row.price_ids)
        is_due = row.status == SubscriptionStatus.PAST_DUE
        self.grace_ends_at = (due_at or row.changed_at) + settings.grace if is_due else None

    @property
    def is_active(self) -> bool:
        """`True` if it grants its plans now.

        An active or trialing one does, also when its cancellation is scheduled. A past due one
        does for `PADDLE_GRACE_DAYS` from when the payment was due.
        """
        if self.grace_ends_at:
            return datetime.now(UTC) < self.grace_ends_at
        return self.row.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)

    def show(self) -> SubscriptionOut:
        """Return the response."""
        row = self.row
        prices = zip_longest(row.price_ids, row.product_ids, row.quantities)
        items = [
            SubscriptionItemOut(price_id=price, product_id=product, quantity=quantity)
            for price, product, quantity in prices
        ]
        stored = {name: getattr(row, name, None) for name in SubscriptionOut.model_fields}
        told = {"plan": next(iter(self.plans), None), "plans": self.plans, "items": items}
        grants = {"is_active": self.is_active, "grace_ends_at": self.grace_ends_at}
        return SubscriptionOut.model_validate(stored | told | grants)


def select_subscriptions(user_id: UUID) -> Select[PaddleSubscription, datetime]:
    """Select the subscriptions of a user that have not ended, those that may grant a plan first.

    Beside each is the time since when a payment for it is due. The start of its period may be much
    earlier: an upgrade in the middle of a year can be declined as well.
    """
    due_at = (
        select(func.min(func.coalesce(PaddleTransaction.billed_at, PaddleTransaction.changed_at)))
        .where(
            PaddleTransaction.subscription_id == PaddleSubscription.id,
            PaddleTransaction.status == TransactionStatus.PAST_DUE,
        )
        .scalar_subquery()
    )
    order = {SubscriptionStatus.ACTIVE: 0, SubscriptionStatus.TRIALING: 0}
    order[SubscriptionStatus.PAST_DUE] = 1
    return (
        select(PaddleSubscription, due_at.label("due_at"))
        .join(PaddleCustomer, PaddleCustomer.id == PaddleSubscription.customer_id)
        .where(PaddleCustomer.user_id == user_id, PaddleSubscription.status.not_in(ENDED))
        .order_by(
            case(order, value=PaddleSubscription.status, else_=2), PaddleSubscription.id.desc()
        )
        .limit(MAX_SUBSCRIPTIONS)
    )


async def find_subscriptions(session: AsyncSession, user_id: UUID) -> list[OwnedSubscription]:
    """Return the subscriptions of a user that have not ended, those that may grant a plan first."""
    rows = await session.execute(select_subscriptions(user_id))
    return [OwnedSubscription(row.PaddleSubscription, row.due_at) for row in rows]


async def find_current(session: AsyncSession, user_id: UUID) -> OwnedSubscription:
    """Return the subscription of a user: of several, the newest one that grants its plans.

    Raises:
        SubscriptionNotFound: The user has no subscription, or it has ended.
    """
    subscriptions = await find_subscriptions(session, user_id)
    if not subscriptions:
        raise SubscriptionNotFound
    return next((one for one in subscriptions if one.is_active), subscriptions[0])


async def get_subscription(session: AsyncSession, user_id: UUID) -> SubscriptionOut:
    """Return the subscription of a user; see `find_current`."""
    return (await find_current(session, user_id)).show()


async def has_plan(session: AsyncSession, user_id: UUID, plans: Sequence[str]) -> bool:
    """Return whether a subscription of the user grants one of the plans now."""
    subscriptions = await find_subscriptions(session, user_id)
    return any(one.is_active and not set(plans).isdisjoint(one.plans) for one in subscriptions)
