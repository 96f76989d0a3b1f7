"""Storing the state of entities, unless a newer one is known: in any order, however often.

Events are ordered by `occurred_at`, then by id. Data from the API has no event, so Paddle's own
`updated_at` decides between it and an event. Each kind of entity is stored by one statement,
for any number of rows, and the event that contained it by the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    inspect,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy import Row as Stored
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.settings import AccountSettings
from app.core.db import UtcDateTime, execute_core
from app.core.services import get
from app.integrations.paddle.cancellation import enqueue_cancellations
from app.integrations.paddle.duplicates import mark_duplicates
from app.integrations.paddle.entities import Customer, Event, Row, Subscription, Transaction
from app.integrations.paddle.models import (
    ENDED,
    LONG_AGO,
    EventState,
    PaddleCustomer,
    PaddleEvent,
    PaddleSubscription,
    PaddleTransaction,
    Snapshot,
)

_VERSION = frozenset({"occurred_at", "event_id", "changed_at"})

Changes = dict[str, ColumnElement[Any]]


class RepeatedEvent(Exception):
    """The event was stored before, so its entity was not."""


def event_row(event: Event, text: str, *, state: EventState) -> Row:
    """Return the row of an event, with its body as it came.

    Parsing and writing the body again would cost more than the insert.
    """
    row = {
        "event_id": event.event_id,
        "type": event.event_type,
        "occurred_at": event.occurred_at,
        "payload": text,
        "state": state,
        "applied_at": datetime.now(UTC) if state is EventState.APPLIED else None,
    }
    return {f"new_{name}": value for name, value in row.items()}


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=getattr(PaddleEvent, name).type)


_insert_event = insert(PaddleEvent).values(
    **{name: _new(name) for name in ("event_id", "type", "occurred_at", "state", "applied_at")},
    payload=cast(bindparam("new_payload", type_=Text), JSONB),
)
_STORE_EVENT = _insert_event.on_conflict_do_update(
    index_elements=[PaddleEvent.event_id],
    set_={name: _insert_event.excluded[name] for name in ("state", "applied_at")},
    where=PaddleEvent.state == EventState.FAILED,
).returning(PaddleEvent.event_id)


async def store_event(session: AsyncSession, row: Row) -> None:
    """Store an event alone, if it is new or has failed before.

    Raises:
        RepeatedEvent: It was stored before; of concurrent requests, all but one get this.
    """
    if (await execute_core(session, _STORE_EVENT, row)).one_or_none() is None:
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
    upsert = _upsert(model, columns, from_event=event is not None, is_new=new is not None)
    given = {"rows": orjson.dumps(list(rows.values())).decode()} | (new or {})
    found = (await execute_core(session, upsert, given)).all()
    if new and not found:
        raise RepeatedEvent
    return [row for row in found if row.id is not None]


@cache
def _upsert(
    model: type[Snapshot], columns: tuple[str, ...], *, from_event: bool, is_new: bool
) -> Select[Any]:
    """Return the statement; cached, since building it takes longer than executing it.

    With a new event it stores no row if the event is a repeated one, and returns none; without
    changes, it returns a row of nulls.
    """
    event = _STORE_EVENT.cte("event") if is_new else None
    given = _given_rows(model, columns, event)
    # Rows are locked in the order of their ids, so that no two requests can deadlock.
    rows = select(given).order_by(given.c.id)
    customers = None if model is PaddleCustomer else _lock_customers(given.c.customer_id)
    if customers is not None:
        rows = rows.outerjoin(customers, customers.c.id == given.c.customer_id)
    written = _write(model, columns, rows, from_event=from_event)
    if customers is None:
        stored = written.returning(model.id).cte("stored")
        return select(stored.c.id).select_from(_after(event, stored))
    stored = written.returning(model.id, inspect(model).columns["customer_id"]).cte("stored")
    found = _after(event, stored).outerjoin(customers, customers.c.id == stored.c.customer_id)
    return select(stored.c.id, customers.c.user_id, customers.c.user_left_at).select_from(found)


def _after(event: CTE | None, stored: CTE) -> FromClause:
    return stored if event is None else event.outerjoin(stored, true())


def _given_rows(model: type[Snapshot], columns: tuple[str, ...], event: CTE | None) -> CTE:
    """Return the rows that are given, or none of them if the event is a repeated one."""
    mapped = inspect(model).columns
    given = (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(name, mapped[name].type) for name in columns))
        .render_derived(name="given", with_types=True)
    )
    rows = select(given)
    return (rows if event is None else rows.join(event, true())).cte("rows")


def _write(
    model: type[Snapshot], columns: tuple[str, ...], rows: Select[Any], *, from_event: bool
) -> Insert:
    """Return the statement that inserts rows, or overwrites older ones."""
    new = insert(model).from_select(columns, rows)
    values: Changes = {name: new.excluded[name] for name in columns if name != "id"}
    if not from_event:
        values["occurred_at"] = func.greatest(model.occurred_at, new.excluded.occurred_at)
    if model is PaddleCustomer:
        values["user_id"] = func.coalesce(PaddleCustomer.user_id, new.excluded.user_id)
        is_user = PaddleCustomer.user_left_at.is_(None)  # nothing names a deleted user again
        for name in ("user_id", "email", "email_key"):
            values[name] = case((is_user, values[name]))
    is_newer = (_is_newer_event if from_event else _is_newer_reading)(model, new, values)
    return new.on_conflict_do_update(index_elements=["id"], set_=values, where=is_newer)


def _lock_customers(ids: ColumnElement[str | None]) -> CTE:
    """Insert customers whose own event has not arrived yet, and lock all of them.

    The lock makes concurrent events of a customer wait for each other, so that the second one sees
    the subscription of the first. It lets the foreign keys' own locks pass.
    """
    known_since = literal(LONG_AGO, UtcDateTime)
    wanted = select(ids, known_since, literal(""), known_since).where(ids.is_not(None)).distinct()
    return (
        insert(PaddleCustomer)
        .from_select(["id", "occurred_at", "event_id", "changed_at"], wanted.order_by(ids))
        .on_conflict_do_update(index_elements=["id"], set_={"event_id": PaddleCustomer.event_id})
        .returning(PaddleCustomer.id, PaddleCustomer.user_id, PaddleCustomer.user_left_at)
        .cte("customers")
    )


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
