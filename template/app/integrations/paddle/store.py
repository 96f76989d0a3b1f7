"""Storing the state of entities, unless a newer one is known: in any order, however often.

Events are ordered by `occurred_at`, then by id. Data from the API has no event, so Paddle's own
`updated_at` decides between it and an event. Each kind of entity is stored by one statement,
for any number of rows, and the event that contained it by the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, select, update
from sqlalchemy import Row as Stored
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.settings import AccountSettings
from app.core.db import execute_core
from app.core.services import get
from app.integrations.paddle.cancellation import enqueue_cancellations
from app.integrations.paddle.duplicates import mark_duplicates
from app.integrations.paddle.entities import Customer, Event, Row, Subscription, Transaction
from app.integrations.paddle.models import (
    ENDED,
    PaddleCustomer,
    PaddleSubscription,
    PaddleTransaction,
    Snapshot,
)
from app.integrations.paddle.statements import STORE_EVENT, build_upsert


class RepeatedEvent(Exception):
    """The event was stored before, so its entity was not."""


async def store_event(session: AsyncSession, row: Row) -> None:
    """Store an event alone, if it is new or has failed before.

    Raises:
        RepeatedEvent: It was stored before; of concurrent requests, all but one get this.
    """
    if (await execute_core(session, STORE_EVENT, row)).one_or_none() is None:
        raise RepeatedEvent


async def store_customers(
    session: AsyncSession,
    customers: Sequence[Customer],
    *,
    event: Event | None = None,
    new: Row | None = None,
) -> int:
    """Store customers, and the users for whom this service has created them.

    A customer that was imported, or created at Paddle, goes to the user with its verified address.

    Args:
        session: The transaction.
        customers: What Paddle knows of them.
        event: The event that contained them; `None` if they were read from the API.
        new: The row of the event, to store with them.

    Returns:
        The number of rows that changed.

    Raises:
        RepeatedEvent: The event was stored before.
    """
    rows = {customer.id: customer.row(event=event) for customer in customers}
    user_ids = {row["user_id"] for row in rows.values()} - {None}
    if user_ids:
        user_ids = set(await session.scalars(select(User.id).where(User.id.in_(user_ids))))
    for row in rows.values():
        row["user_id"] = row["user_id"] if row["user_id"] in user_ids else None
    changed = await _upsert_rows(session, PaddleCustomer, rows, event=event, new=new)
    await link_customers(session, PaddleCustomer.id.in_(list(rows)))
    await mark_duplicates(session, user_ids)
    return len(changed)


async def store_subscriptions(
    session: AsyncSession,
    subscriptions: Sequence[Subscription],
    *,
    event: Event | None = None,
    new: Row | None = None,
) -> int:
    """Store subscriptions; those of deleted users are cancelled at Paddle; see `store_customers`.

    Returns:
        The number of rows that changed.
    """
    rows = {subscription.id: subscription.row(event=event) for subscription in subscriptions}
    changed = await _upsert_rows(session, PaddleSubscription, rows, event=event, new=new)
    # The customers are locked: a user who is deleted at the same time either sees these rows and
    # cancels them (see `forget_user`), or is seen here.
    running = [row for row in changed if rows[row.id]["status"] not in ENDED]
    await enqueue_cancellations(session, [row.id for row in running if row.user_left_at])
    await mark_duplicates(session, {row.user_id for row in running})
    return len(changed)


async def store_transactions(
    session: AsyncSession,
    transactions: Sequence[Transaction],
    *,
    event: Event | None = None,
    new: Row | None = None,
) -> int:
    """Store transactions; see `store_customers`.

    Returns:
        The number of rows that changed.
    """
    rows = {transaction.id: transaction.row(event=event) for transaction in transactions}
    return len(await _upsert_rows(session, PaddleTransaction, rows, event=event, new=new))


async def link_customer(session: AsyncSession, customer_id: str, user_id: UUID) -> None:
    """Link a customer to a user, unless it is linked already."""
    await session.execute(
        update(PaddleCustomer)
        .where(PaddleCustomer.id == customer_id, PaddleCustomer.user_id.is_(None))
        .values(user_id=user_id, user_left_at=None)
    )


async def link_customers(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Link customers that name no user to the users who have verified their addresses."""
    if not get(AccountSettings).sends_email:
        return  # no address is verified
    linked = await session.scalars(
        update(PaddleCustomer)
        .where(
            which,
            PaddleCustomer.user_id.is_(None),
            PaddleCustomer.user_left_at.is_(None),
            PaddleCustomer.email_key == User.email_key,
            User.verified_at.is_not(None),
        )
        .values(user_id=User.id)
        .returning(PaddleCustomer.user_id)
        .execution_options(synchronize_session=False)
    )
    await mark_duplicates(session, linked.all())


async def _upsert_rows(
    session: AsyncSession,
    model: type[Snapshot],
    rows: Mapping[str, Row],
    *,
    event: Event | None,
    new: Row | None,
) -> Sequence[Stored[Any]]:
    """Insert rows, or overwrite older ones; return those that changed, with their customers."""
    if not rows:
        return ()
    columns = tuple(next(iter(rows.values())))
    upsert = build_upsert(model, columns, from_event=event is not None, is_new=new is not None)
    given = {"rows": orjson.dumps(list(rows.values())).decode()} | (new or {})
    found = (await execute_core(session, upsert, given)).all()
    if new and not found:
        raise RepeatedEvent
    return [row for row in found if row.id is not None]
