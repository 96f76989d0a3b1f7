"""Cancelling at Paddle what nobody can use any more, by a job: Paddle may be away just now."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import RequestModel
from app.core.jobs import job
from app.integrations.paddle.client import current_client


class Cancellation(RequestModel):
    """A subscription that is to end at once."""

    subscription_id: str


@job(name="paddle_cancel_subscription", attempts=20)
async def cancel_subscription(_session: AsyncSession, payload: Cancellation) -> None:
    """End a subscription at Paddle, whose event then tells us; done twice, it does no harm."""
    await current_client().cancel_subscription(payload.subscription_id)


async def enqueue_cancellations(session: AsyncSession, subscription_ids: Sequence[str]) -> None:
    """Have subscriptions cancelled once the transaction is committed."""
    for subscription_id in subscription_ids:
        payload = Cancellation(subscription_id=subscription_id)
        # conventions: ignore[query-in-loop] few have more than one
        await cancel_subscription.enqueue(session, payload, key=f"paddle-cancel:{subscription_id}")
