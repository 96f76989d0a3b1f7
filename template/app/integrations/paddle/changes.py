"""Changes of a running subscription: plan, interval and quantity, cancellation, pause, resumption.

Each request states the result, so that repeating it changes and charges nothing more. The
subscription in Paddle's response is stored at once; its events follow. No connection is held while
Paddle responds.
"""

from datetime import UTC, datetime
from typing import Any

from app.accounts.dependencies import AuthenticatedUser
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.services import get
from app.integrations.paddle.billing import OwnedSubscription, find_current, get_subscription
from app.integrations.paddle.checkouts import choose_price
from app.integrations.paddle.client import PaddleClient, PricedItem
from app.integrations.paddle.entities import Subscription
from app.integrations.paddle.errors import ChangeRejected, NotChangeable
from app.integrations.paddle.models import SubscriptionStatus
from app.integrations.paddle.schemas import ChangePreviewOut, CheckoutIn, SubscriptionOut
from app.integrations.paddle.settings import PaddleSettings, Proration
from app.integrations.paddle.store import store_subscriptions


async def preview_change(user: AuthenticatedUser, order: CheckoutIn) -> ChangePreviewOut:
    """Return the payments that a change of plan would cause; see `change_plan`."""
    current = await _read_current(user)
    preview = await get(PaddleClient).preview_change(current.row.id, _change(current, order))
    summary, now = preview.update_summary, preview.immediate_transaction
    following = preview.next_transaction
    return ChangePreviewOut(
        currency_code=preview.currency_code,
        credit=summary.credit.amount if summary else 0,
        charge=summary.charge.amount if summary else 0,
        due_now=now.details.totals.grand_total if now else 0,
        due_next=following.details.totals.grand_total if following else 0,
        recurring=preview.recurring_transaction_details.totals.total,
        next_billed_at=preview.next_billed_at,
    )


async def change_plan(user: AuthenticatedUser, order: CheckoutIn) -> SubscriptionOut:
    """Change the plan, the interval or the quantity of the user's subscription.

    Add-ons, which are prices of no plan beside one of a plan, are kept.

    Raises:
        UnknownPlan: The plan does not exist, or does not have this price.
        SubscriptionNotFound: The user has no subscription.
        NotChangeable: It has several prices, and none of a plan.
        ChangeRejected: Paddle does not change it now.
        PaymentDeclined: The payment was declined, and nothing has changed.
    """
    current = await _read_current(user)
    change = _change(current, order)
    return await _store(user, await get(PaddleClient).change_subscription(current.row.id, change))


async def schedule(user: AuthenticatedUser, action: str) -> SubscriptionOut:
    """Cancel or pause the user's subscription at the end of its period; a paused one ends at once.

    Raises:
        SubscriptionNotFound: The user has no subscription.
        ChangeRejected: Paddle does not change it now.
    """
    current = await _read_current(user)
    if current.row.scheduled_change == action:
        return current.show()
    is_paused = current.row.status == SubscriptionStatus.PAUSED
    when = "immediately" if is_paused and action == "cancel" else "next_billing_period"
    changed = await get(PaddleClient).act(current.row.id, action, effective_from=when)
    return await _store(user, changed)


async def unschedule(user: AuthenticatedUser) -> None:
    """Remove the scheduled cancellation or pause of the user's subscription.

    Raises:
        SubscriptionNotFound: The user has no subscription.
        ChangeRejected: Paddle does not change it now.
    """
    current = await _read_current(user)
    if current.row.scheduled_change is not None:
        change: dict[str, None] = {"scheduled_change": None}
        await _store(user, await get(PaddleClient).change_subscription(current.row.id, change))


async def resume(user: AuthenticatedUser) -> SubscriptionOut:
    """Resume the user's paused subscription now, within the period that is paid for or a new one.

    Raises:
        SubscriptionNotFound: The user has no subscription.
        ChangeRejected: It is not paused.
        PaymentDeclined: The payment for a new period was declined.
    """
    current = await _read_current(user)
    row = current.row
    if row.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING):
        return current.show()
    if row.status != SubscriptionStatus.PAUSED:
        raise ChangeRejected
    is_paid_for = row.current_period_ends_at and row.current_period_ends_at > datetime.now(UTC)
    period = "continue_existing_billing_period" if is_paid_for else "start_new_billing_period"
    options = {"effective_from": "immediately", "on_resume": period}
    return await _store(user, await get(PaddleClient).act(row.id, "resume", **options))


async def _read_current(user: AuthenticatedUser) -> OwnedSubscription:
    async with ReadSessionLocal() as session:
        return await find_current(session, user.id)


def _change(current: OwnedSubscription, order: CheckoutIn) -> dict[str, Any]:
    """Return the change of the items, all of which Paddle needs."""
    settings, row = get(PaddleSettings), current.row
    quantities = row.quantities or [1] * len(row.price_ids)
    items = [PricedItem(*pair) for pair in zip(row.price_ids, quantities, strict=True)]
    others = [item for item in items if not settings.plans_of([item.price_id])]
    if len(others) == len(items):
        if len(items) > 1:
            raise NotChangeable
        others.clear()  # a price that is not for sale any more
    chosen = choose_price(order.plan, order.price_id, order.quantity)
    is_trial = row.status == SubscriptionStatus.TRIALING
    return {
        "items": [item._asdict() for item in (chosen, *others)],
        "proration_billing_mode": Proration.NONE if is_trial else settings.paddle_proration,
    }


async def _store(user: AuthenticatedUser, changed: Subscription) -> SubscriptionOut:
    async with AsyncSessionLocal.begin() as session:
        await store_subscriptions(session, [changed])
        return await get_subscription(session, user.id)
