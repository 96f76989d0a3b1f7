"""Second subscriptions: a user who has bought another one all the same pays twice.

A checkout is refused while a subscription runs, and a user has one open checkout. A second one
still arrives when Paddle's pages are used without this service, or when an imported customer is
linked. It is marked in the transaction that stores it, logged as an error and listed for
administrators; `PADDLE_SECOND_SUBSCRIPTION` says whether it is cancelled and refunded too.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Page, RequestModel, paginate
from app.core.db import release_connection
from app.core.jobs import Retry, job
from app.core.services import get
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.models import (
    ENDED,
    PaddleCustomer,
    PaddleSubscription,
    TransactionStatus,
)
from app.integrations.paddle.schemas import DuplicateQuery
from app.integrations.paddle.settings import PaddleSettings, SecondSubscription

RECENT = timedelta(days=7)
"""An older subscription, such as an imported one, is never cancelled automatically."""
PAYMENT_SECONDS = 60

log = structlog.get_logger()


class Ending(RequestModel):
    """A second subscription that ends.

    Attributes:
        subscription_id: Its id.
        duplicate_of: The subscription that stays.
        refund: Whether its payments are refunded.
    """

    subscription_id: str
    duplicate_of: str
    refund: bool


@job(name="paddle_end_second_subscription", attempts=20, leased=True)
async def end_second_subscription(session: AsyncSession, payload: Ending) -> None:
    """Cancel a second subscription at Paddle and refund it; safe to repeat."""
    kept = await session.get_one(PaddleSubscription, payload.duplicate_of)
    if kept.status in ENDED:  # then the second one is the only one
        log.warning("paddle_second_subscription_kept", **payload.model_dump())
        return
    await release_connection(session)
    await get(PaddleClient).cancel_subscription(payload.subscription_id)
    if payload.refund:
        await _refund(payload.subscription_id)


async def mark_duplicates(session: AsyncSession, user_ids: Collection[UUID | None]) -> None:
    """Mark every running subscription of these users but the oldest of each."""
    known = set(user_ids) - {None}
    if not known:
        return
    found = await session.execute(
        select(PaddleSubscription, PaddleCustomer.user_id)
        .join(PaddleCustomer, PaddleCustomer.id == PaddleSubscription.customer_id)
        .where(PaddleCustomer.user_id.in_(known), PaddleSubscription.status.not_in(ENDED))
        .execution_options(populate_existing=True)
    )
    ordered = sorted(found, key=_by_user_and_age)
    for user_id, rows in groupby(ordered, key=lambda row: row.user_id):
        kept, *seconds = [row.PaddleSubscription for row in rows]
        for second in seconds:
            if second.duplicate_of is None:
                # conventions: ignore[query-in-loop] few users have a second subscription
                await _mark(session, second, kept=kept, user_id=user_id)


async def mark_all_duplicates(session: AsyncSession) -> None:
    """Mark the second subscriptions of all users."""
    several = (
        select(PaddleCustomer.user_id)
        .join(PaddleSubscription, PaddleCustomer.id == PaddleSubscription.customer_id)
        .where(PaddleCustomer.user_id.is_not(None), PaddleSubscription.status.not_in(ENDED))
        .group_by(PaddleCustomer.user_id)
        .having(func.count() > func.count(PaddleSubscription.duplicate_of) + 1)
    )
    await mark_duplicates(session, (await session.scalars(several)).all())


async def list_duplicates(session: AsyncSession, query: DuplicateQuery) -> Page[PaddleSubscription]:
    """Return one page of the second subscriptions, ended ones too."""
    seconds = select(PaddleSubscription).where(PaddleSubscription.duplicate_of.is_not(None))
    return await paginate(session, seconds, query)


def _by_user_and_age(
    row: Row[PaddleSubscription, UUID | None],
) -> tuple[str, datetime, str]:
    subscription = row.PaddleSubscription
    return str(row.user_id), subscription.started_at or subscription.changed_at, subscription.id


async def _mark(
    session: AsyncSession,
    second: PaddleSubscription,
    *,
    kept: PaddleSubscription,
    user_id: UUID | None,
) -> None:
    action = _choose_action(second, kept)
    marks = {"duplicate_of": kept.id, "duplicate_at": datetime.now(UTC), "duplicate_action": action}
    await session.execute(
        update(PaddleSubscription).where(PaddleSubscription.id == second.id).values(marks)
    )
    details = {"subscription_id": second.id, "duplicate_of": kept.id, "action": action.value}
    log.error("paddle_second_subscription", user_id=str(user_id), **details)
    if action is not SecondSubscription.REPORT:
        refund = action is SecondSubscription.REFUND
        ending = Ending(subscription_id=second.id, duplicate_of=kept.id, refund=refund)
        await end_second_subscription.enqueue(session, ending, key=f"paddle-second:{second.id}")


def _choose_action(second: PaddleSubscription, kept: PaddleSubscription) -> SecondSubscription:
    """Return the configured action, if both subscriptions are to plans and the second is recent."""
    settings = get(PaddleSettings)
    are_plans = all(settings.plans_of(one.price_ids) for one in (second, kept))
    started_at = second.started_at or second.changed_at
    if are_plans and datetime.now(UTC) - started_at < RECENT:
        return settings.paddle_second_subscription
    return SecondSubscription.REPORT


async def _refund(subscription_id: str) -> None:
    """Refund the payments of a subscription, each once: Paddle is asked before it is told.

    Raises:
        Retry: A payment is not completed yet.
    """
    paddle = get(PaddleClient)
    transactions = await paddle.list_transactions(subscription_id)
    for transaction in transactions:
        is_paid = transaction.status is TransactionStatus.COMPLETED
        if is_paid and transaction.details.totals.grand_total > 0:
            await paddle.refund(transaction.id)
    if any(transaction.status is TransactionStatus.PAID for transaction in transactions):
        raise Retry(after=PAYMENT_SECONDS)
