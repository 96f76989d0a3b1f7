"""Storing the state of entities, unless a newer one is known: in any order, however often.

Events are ordered by `occurred_at`, then by id. Data from the API has no event, so Paddle's own
`updated_at` decides between it and an event. Each kind of entity is stored by one statement,
for any number of rows.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from app.accounts.models import User
from app.accounts.settings import AccountSettings
from app.core.services import get
from app.integrations.paddle.cancellation import enqueue_cancellations
from app.integrations.paddle.duplicates import mark_duplicates
from app.integrations.paddle.entities import Customer, Event, Row, Subscription, Transaction
from app.integrations.paddle.models import (
    ENDED,
    LONG_AGO,
    PaddleCustomer,
    PaddleSubscription,
    PaddleTransaction,
    Snapshot,
)

_VERSION = frozenset({"occurred_at", "event_id", "changed_at"})

Changes = dict[str, ColumnElement[Any]]


async def store_customers(
    session: AsyncSession, customers: Sequence[Customer], *, event: Event | None = None
) -> int:
    """Store customers, and the users for whom this service has created them.

    A customer that was imported, or created at Paddle, goes to the user with its verified address.

    Returns:
        The number of rows that changed.
    """
    rows = [customer.row(event=event) for customer in customers]
    user_ids = {row["user_id"] for row in rows} - {None}
    if user_ids:
        user_ids = set(await session.scalars(select(User.id).where(User.id.in_(user_ids))))
    for row in rows:
        row["user_id"] = row["user_id"] if row["user_id"] in user_ids else None
    changed = await _upsert_rows(session, PaddleCustomer, rows, from_event=event is not None)
    await link_customers(session, PaddleCustomer.id.in_([row["id"] for row in rows]))
    await mark_duplicates(session, user_ids)
    return len(changed)


async def store_subscriptions(
    session: AsyncSession, subscriptions: Sequence[Subscription], *, event: Event | None = None
) -> int:
    """Store subscriptions; those of deleted users are cancelled at Paddle.

    Returns:
        The number of rows that changed.
    """
    rows = [subscription.row(event=event) for subscription in subscriptions]
    await _ensure_customers(session, {row["customer_id"] for row in rows})
    changed = await _upsert_rows(session, PaddleSubscription, rows, from_event=event is not None)
    running = [row for row in rows if row["id"] in changed and row["status"] not in ENDED]
    if running:
        # Read after our rows are written: a user who is deleted at the same time either sees them
        # and cancels them (see `forget_user`), or is seen here.
        ids = {row["customer_id"] for row in running}
        customers = (await session.execute(_OWNERS, {"ids": list(ids)})).all()
        deleted = {customer.id for customer in customers if customer.user_left_at}
        await enqueue_cancellations(
            session, [row["id"] for row in running if row["customer_id"] in deleted]
        )
        await mark_duplicates(session, [customer.user_id for customer in customers])
    return len(changed)


async def store_transactions(
    session: AsyncSession, transactions: Sequence[Transaction], *, event: Event | None = None
) -> int:
    """Store transactions.

    Returns:
        The number of rows that changed.
    """
    rows = [transaction.row(event=event) for transaction in transactions]
    await _ensure_customers(session, {row["customer_id"] for row in rows} - {None})
    return len(await _upsert_rows(session, PaddleTransaction, rows, from_event=event is not None))


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


# The lock makes concurrent events of a customer wait for each other, so that the second one sees
# the subscription of the first. It lets the foreign keys' own locks pass.
_OWNERS = (
    select(PaddleCustomer.id, PaddleCustomer.user_id, PaddleCustomer.user_left_at)
    .where(PaddleCustomer.id.in_(bindparam("ids", expanding=True)))
    .order_by(PaddleCustomer.id)
    .with_for_update(key_share=True)
)
_INSERT_CUSTOMERS = insert(PaddleCustomer).on_conflict_do_nothing()


async def _ensure_customers(session: AsyncSession, ids: set[str]) -> None:
    """Insert customers whose own event has not arrived yet."""
    if ids:
        version = {"occurred_at": LONG_AGO, "event_id": "", "changed_at": LONG_AGO}
        rows = [{"id": customer_id} | version for customer_id in sorted(ids)]
        connection = await session.connection()
        await connection.execute(_INSERT_CUSTOMERS, rows)


async def _upsert_rows(
    session: AsyncSession, model: type[Snapshot], rows: Sequence[Row], *, from_event: bool
) -> set[str]:
    """Insert rows, or overwrite older ones; return the ids of those that changed."""
    if not rows:
        return set()
    in_order = sorted(rows, key=lambda row: row["id"])  # one lock order, so that none can deadlock
    statement = _upsert(model, tuple(rows[0]), from_event=from_event)
    connection = await session.connection()
    values = in_order[0] if len(in_order) == 1 else in_order
    return set((await connection.execute(statement, values)).scalars())


@cache
def _upsert(
    model: type[Snapshot], columns: tuple[str, ...], *, from_event: bool
) -> ReturningInsert[str]:
    """Return the statement; cached, since building it takes longer than executing it."""
    new = insert(model)
    values: Changes = {name: new.excluded[name] for name in columns if name != "id"}
    if not from_event:
        values["occurred_at"] = func.greatest(model.occurred_at, new.excluded.occurred_at)
    if model is PaddleCustomer:
        values["user_id"] = func.coalesce(PaddleCustomer.user_id, new.excluded.user_id)
        is_user = PaddleCustomer.user_left_at.is_(None)  # nothing names a deleted user again
        for name in ("user_id", "email", "email_key"):
            values[name] = case((is_user, values[name]))
    is_newer = (_is_newer_event if from_event else _is_newer_reading)(model, new, values)
    upsert = new.on_conflict_do_update(index_elements=["id"], set_=values, where=is_newer)
    return upsert.returning(model.id)


def _is_newer_event(model: type[Snapshot], new: Insert, _: Changes) -> ColumnElement[bool]:
    """An event counts as newer than itself, so that a replay fixes its own rows."""
    now = new.excluded
    return and_(
        tuple_(now.occurred_at, now.event_id) >= tuple_(model.occurred_at, model.event_id),
        or_(model.event_id != "", now.changed_at >= model.changed_at),
    )


def _is_newer_reading(model: type[Snapshot], new: Insert, changes: Changes) -> ColumnElement[bool]:
    """A reading of the same age counts as newer if it differs: then the row is damaged."""
    columns = [name for name in changes if name not in _VERSION]
    known, now = [getattr(model, name) for name in columns], [changes[name] for name in columns]
    differs = tuple_(*known).is_distinct_from(tuple_(*now))
    same_age = new.excluded.changed_at == model.changed_at
    return or_(new.excluded.changed_at > model.changed_at, and_(same_age, differs))
