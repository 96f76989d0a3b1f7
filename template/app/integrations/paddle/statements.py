"""Statements that store an event, and the entities in it, at once; each is built once."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

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
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from app.core.db import UtcDateTime
from app.integrations.paddle.entities import Event, Row
from app.integrations.paddle.models import (
    LONG_AGO,
    EventState,
    PaddleCustomer,
    PaddleEvent,
    Snapshot,
)

_VERSION = frozenset({"occurred_at", "event_id", "changed_at"})

Changes = dict[str, ColumnElement[Any]]


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=getattr(PaddleEvent, name).type)


_insert_event = insert(PaddleEvent).values(
    **{name: _new(name) for name in ("event_id", "type", "occurred_at", "state", "applied_at")},
    payload=cast(bindparam("new_payload", type_=Text), JSONB),
)
STORE_EVENT = _insert_event.on_conflict_do_update(
    index_elements=[PaddleEvent.event_id],
    set_={name: _insert_event.excluded[name] for name in ("state", "applied_at")},
    where=PaddleEvent.state == EventState.FAILED,
).returning(PaddleEvent.event_id)
"""Inserts an `event_row`; returns no row if the event is stored already, and has not failed."""


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


@lru_cache(maxsize=100)
def build_upsert(
    model: type[Snapshot], columns: tuple[str, ...], *, from_event: bool, is_new: bool
) -> Select[Any]:
    """Return the statement; cached, since building it takes longer than executing it.

    With a new event it stores no row if the event is a repeated one, and returns none; without
    changes, it returns a row of nulls.
    """
    event = STORE_EVENT.cte("event") if is_new else None
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
