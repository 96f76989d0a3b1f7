"""Services of alerts. Each takes an `OwnerSession`, which sees the alerts of one user only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, select, update

from app.accounts.owned import OwnerSession
from app.core.api import (
    Batch,
    BatchFailure,
    ExpectedVersions,
    Page,
    batch_failure,
    match_batch,
    paginate,
)
from app.core.errors import PreconditionFailed
from app.features.market_data.alert_schemas import AlertIn, AlertPatch, AlertQuery
from app.features.market_data.errors import AlertNotFound, SymbolNotFound
from app.features.market_data.models import Alert, Symbol
from app.features.market_data.service.symbols import lock_symbols

AlertRow = Row[UUID, str, str, Decimal, bool, int, datetime, datetime]

# Built once, since most requests run them, and of columns: both halve the time of SQLAlchemy.
_ALERTS = select(
    Alert.id,
    Symbol.ticker,
    Alert.condition,
    Alert.threshold,
    Alert.active,
    Alert.version,
    Alert.created_at,
    Alert.updated_at,
).join(Alert.symbol)
_ALERT = _ALERTS.where(Alert.id == bindparam("alert_id"))


@dataclass(frozen=True, slots=True)
class DeletedAlert:
    """The id of an alert that was deleted."""

    id: UUID


async def list_alerts(
    session: OwnerSession, query: AlertQuery, *, owner_id: UUID
) -> Page[AlertRow]:
    """Return one page of the owner's alerts that match the query.

    Args:
        session: The owner's session.
        query: The filters, the order and the cursor.
        owner_id: The owner, for whom alone the cursor is valid.
    """
    return await paginate(session, _ALERTS, query, scope=str(owner_id))


async def get_alert(session: OwnerSession, alert_id: UUID) -> AlertRow:
    """Return one of the owner's alerts.

    Raises:
        AlertNotFound: The owner has no alert with this id.
    """
    alert = (await session.execute(_ALERT, {"alert_id": alert_id})).one_or_none()
    if alert is None:
        raise AlertNotFound
    return alert


async def create_alert(session: OwnerSession, new: AlertIn) -> Alert:
    """Store an alert of the owner.

    Raises:
        SymbolNotFound: The symbol does not exist.
    """
    symbols = await lock_symbols(session, [new.symbol])
    if new.symbol not in symbols:
        raise SymbolNotFound
    alert = _alert(new, symbols[new.symbol])
    session.add(alert)
    await session.flush()
    return alert


async def create_alerts(session: OwnerSession, new: Sequence[AlertIn]) -> Batch[Alert]:
    """Store the alerts on existing symbols, in two statements for any number of alerts.

    A failed alert has no id, so the failure names its position in the request.
    """
    symbols = await lock_symbols(session, {alert.symbol for alert in new})
    created: list[Alert] = []
    failed: list[BatchFailure] = []
    for position, alert in enumerate(new):
        if symbol := symbols.get(alert.symbol):
            created.append(_alert(alert, symbol))
        else:
            failed.append(batch_failure(f"alerts.{position}", SymbolNotFound()))
    session.add_all(created)
    await session.flush()
    return Batch(created, failed)


async def change_alert(
    session: OwnerSession, alert_id: UUID, changes: AlertPatch, *, expected: ExpectedVersions
) -> AlertRow:
    """Change the given fields of an alert in one of the expected versions, and return it.

    Raises:
        AlertNotFound: The owner has no alert with this id.
        PreconditionFailed: The alert has another version.
    """
    # One statement compares and changes: of concurrent requests for one version, one succeeds.
    statement = (
        update(Alert)
        .where(Alert.id == alert_id, expected.matches(Alert.version))
        .values(**changes.model_dump(), version=Alert.version + 1)
        .returning(Alert.id)
    )
    changed = await session.scalar(statement)
    alert = await get_alert(session, alert_id)
    if changed is None:
        raise PreconditionFailed
    return alert


async def delete_alert(
    session: OwnerSession, alert_id: UUID, *, expected: ExpectedVersions
) -> None:
    """Delete an alert in one of the expected versions.

    Raises:
        AlertNotFound: The owner has no alert with this id.
        PreconditionFailed: The alert has another version.
    """
    statement = (
        delete(Alert)
        .where(Alert.id == alert_id, expected.matches(Alert.version))
        .returning(Alert.id)
    )
    if await session.scalar(statement) is None:
        await get_alert(session, alert_id)
        raise PreconditionFailed


async def delete_alerts(session: OwnerSession, ids: Sequence[UUID]) -> Batch[DeletedAlert]:
    """Delete those of the alerts that the owner has, in one statement for any number of ids."""
    statement = delete(Alert).where(Alert.id.in_(ids)).returning(Alert.id)
    deleted = {alert_id: DeletedAlert(alert_id) for alert_id in await session.scalars(statement)}
    return match_batch(ids, deleted, missing=AlertNotFound())


def _alert(new: AlertIn, symbol: Symbol) -> Alert:
    return Alert(**new.model_dump(exclude={"symbol"}), symbol=symbol)  # the session adds the owner
