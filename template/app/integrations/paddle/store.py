"""Keeping what Paddle said, unless something newer is known: in any order, as often as it comes.

Events are in order of `occurred_at`, and of their id where that is the same. What is read from the
API has no event, so Paddle's own `updated_at` decides between it and an event. Each kind of thing
is stored by one statement, whatever the number of rows.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from app.accounts.models import User
from app.integrations.paddle.cancellation import enqueue_cancellations
from app.integrations.paddle.entities import Customer, Event, Row, Subscription, Transaction
from app.integrations.paddle.models import (
    LONG_AGO,
    PaddleCustomer,
    PaddleSubscription,
    PaddleTransaction,
    Snapshot,
    SubscriptionStatus,
)

ENDED = (SubscriptionStatus.CANCELED, SubscriptionStatus.INACTIVE)
_NEWNESS = frozenset({"occurred_at", "event_id", "changed_at"})

Changes = dict[str, ColumnElement[Any]]


async def store_customers(
    session: AsyncSession, customers: Sequence[Customer], *, event: Event | None = None
) -> int:
    """Store customers, and whose they are where our own API key has named the user.

    Returns:
        How many rows changed.
    """
    rows = [customer.row(event=event) for customer in customers]
    users = await _find_users(session, {row["user_id"] for row in rows} - {None})
    for row in rows:
        row["user_id"] = row["user_id"] if row["user_id"] in users else None
    return len(await _store(session, PaddleCustomer, rows, from_event=event is not None))


async def store_subscriptions(
    session: AsyncSession, subscriptions: Sequence[Subscription], *, event: Event | None = None
) -> int:
    """Store subscriptions; those that nobody can use any more are cancelled at Paddle.

    Returns:
        How many rows changed.
    """
    rows = [subscription.row(event=event) for subscription in subscriptions]
    await _name_customers(session, {row["customer_id"] for row in rows})
    stored = await _store(session, PaddleSubscription, rows, from_event=event is not None)
    running = [row for row in rows if row["id"] in stored and row["status"] not in ENDED]
    if running:
        # After our rows, so that whoever leaves at the same time sees either these or us.
        ids = {row["customer_id"] for row in running}
        left = set(await session.scalars(_WHO_LEFT, {"ids": list(ids)}))
        await enqueue_cancellations(
            session, [row["id"] for row in running if row["customer_id"] in left]
        )
    return len(stored)


async def store_transactions(
    session: AsyncSession, transactions: Sequence[Transaction], *, event: Event | None = None
) -> int:
    """Store transactions.

    Returns:
        How many rows changed.
    """
    rows = [transaction.row(event=event) for transaction in transactions]
    await _name_customers(session, {row["customer_id"] for row in rows} - {None})
    return len(await _store(session, PaddleTransaction, rows, from_event=event is not None))


async def link_customer(session: AsyncSession, customer_id: str, user_id: UUID) -> None:
    """Say whose customer this is, unless it is somebody's already."""
    await session.execute(
        update(PaddleCustomer)
        .where(PaddleCustomer.id == customer_id, PaddleCustomer.user_id.is_(None))
        .values(user_id=user_id, user_left_at=None)
    )


async def forget_user(session: AsyncSession, user_id: UUID) -> None:
    """Cancel what a user subscribes to, who is about to be deleted; the records are kept."""
    # Locked, so that a subscription that arrives now is seen here, or sees that the user left.
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
            PaddleSubscription.customer_id.in_(customers),
            PaddleSubscription.status.not_in(ENDED),
        )
    )
    await enqueue_cancellations(session, list(running))


async def _find_users(session: AsyncSession, ids: set[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(await session.scalars(select(User.id).where(User.id.in_(ids))))


async def _name_customers(session: AsyncSession, ids: set[str]) -> None:
    """Make rows for customers whose own event has yet to come."""
    if ids:
        unknown = {"occurred_at": LONG_AGO, "event_id": "", "changed_at": LONG_AGO}
        rows = [{"id": customer_id} | unknown for customer_id in sorted(ids)]
        connection = await session.connection()
        await connection.execute(_UNKNOWN_CUSTOMERS, rows)


async def _store(
    session: AsyncSession, model: type[Snapshot], rows: Sequence[Row], *, from_event: bool
) -> set[str]:
    """Insert rows, or overwrite what is older; return the ids of those that changed."""
    if not rows:
        return set()
    in_order = sorted(rows, key=lambda row: row["id"])  # of two at once, neither waits for ever
    statement = _upsert(model, tuple(rows[0]), from_event=from_event)
    connection = await session.connection()
    given = in_order[0] if len(in_order) == 1 else in_order
    return set((await connection.execute(statement, given)).scalars())


_WHO_LEFT = select(PaddleCustomer.id).where(
    PaddleCustomer.id.in_(bindparam("ids", expanding=True)),
    PaddleCustomer.user_left_at.is_not(None),
)
_UNKNOWN_CUSTOMERS = insert(PaddleCustomer).on_conflict_do_nothing()


@cache
def _upsert(
    model: type[Snapshot], columns: tuple[str, ...], *, from_event: bool
) -> ReturningInsert[str]:
    """Return the statement, made once: to make it takes longer than to execute it."""
    new = insert(model)
    values: Changes = {name: new.excluded[name] for name in columns if name != "id"}
    if not from_event:
        values["occurred_at"] = func.greatest(model.occurred_at, new.excluded.occurred_at)
    if model is PaddleCustomer:
        values["user_id"] = case(
            (
                PaddleCustomer.user_left_at.is_(None),
                func.coalesce(PaddleCustomer.user_id, new.excluded.user_id),
            )
        )
    is_newer = (_is_newer_event if from_event else _is_newer_reading)(model, new, values)
    kept = new.on_conflict_do_update(index_elements=["id"], set_=values, where=is_newer)
    return kept.returning(model.id)


def _is_newer_event(model: type[Snapshot], new: Insert, _: Changes) -> ColumnElement[bool]:
    """The same event counts as newer than itself, so that a replay mends what it did wrong."""
    now = new.excluded
    return and_(
        tuple_(now.occurred_at, now.event_id) >= tuple_(model.occurred_at, model.event_id),
        or_(model.event_id != "", now.changed_at >= model.changed_at),
    )


def _is_newer_reading(model: type[Snapshot], new: Insert, changes: Changes) -> ColumnElement[bool]:
    """One of the same age counts as newer if it tells something else: the row was damaged."""
    told = [name for name in changes if name not in _NEWNESS]
    known, now = [getattr(model, name) for name in told], [changes[name] for name in told]
    differs = tuple_(*known).is_distinct_from(tuple_(*now))
    same_age = new.excluded.changed_at == model.changed_at
    return or_(new.excluded.changed_at > model.changed_at, and_(same_age, differs))
