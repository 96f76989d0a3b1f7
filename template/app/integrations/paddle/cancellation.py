"""Cancellation of the subscriptions of deleted users, by a job that survives outages of Paddle."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import RequestModel
from app.core.jobs import job
from app.core.services import get
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.models import ENDED, PaddleCustomer, PaddleSubscription


class Cancellation(RequestModel):
    """A subscription that ends at once."""

    subscription_id: str


@job(name="paddle_cancel_subscription", attempts=20, leased=True)
async def cancel_subscription(_session: AsyncSession, payload: Cancellation) -> None:
    """Cancel a subscription at Paddle, which then sends its event; safe to repeat."""
    await get(PaddleClient).cancel_subscription(payload.subscription_id)


async def enqueue_cancellations(session: AsyncSession, subscription_ids: Iterable[str]) -> None:
    """Enqueue the cancellation of subscriptions."""
    for subscription_id in subscription_ids:
        payload = Cancellation(subscription_id=subscription_id)
        # conventions: ignore[query-in-loop] those of one user, who has one as a rule
        await cancel_subscription.enqueue(session, payload, key=f"paddle-cancel:{subscription_id}")


async def forget_user(session: AsyncSession, user_id: UUID) -> None:
    """Enqueue the cancellation of the subscriptions of a user who is about to be deleted.

    The records are kept without the user.
    """
    # The lock makes a concurrent event wait: its subscription is either seen here, or its
    # transaction sees `user_left_at`.
    customers = list(
        await session.scalars(
            select(PaddleCustomer.id).where(PaddleCustomer.user_id == user_id).with_for_update()
        )
    )
    if not customers:
        return
    await session.execute(
        update(PaddleCustomer)
        .where(PaddleCustomer.id.in_(customers))
        .values(user_left_at=datetime.now(UTC))
    )
    running = await session.scalars(
        select(PaddleSubscription.id).where(
            PaddleSubscription.customer_id.in_(customers), PaddleSubscription.status.not_in(ENDED)
        )
    )
    await enqueue_cancellations(session, running.all())
