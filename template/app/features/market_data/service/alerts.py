"""The rules of alerts. A session that is not the owner's own is told the owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

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
from app.features.market_data.service.symbols import hold_symbols


@dataclass(frozen=True, slots=True)
class DeletedAlert:
    """What is left of an alert."""

    id: UUID


async def list_alerts(session: AsyncSession, query: AlertQuery, *, owner_id: UUID) -> Page[Alert]:
    """Return one page of the owner's alerts that fit."""
    return await paginate(session, _alerts(), query, scope=str(owner_id))


async def get_alert(session: AsyncSession, alert_id: UUID) -> Alert:
    """Return one of the owner's alerts.

    Raises:
        AlertNotFound: The owner has none with this id.
    """
    alert = await session.scalar(_alerts().where(Alert.id == alert_id))
    if alert is None:
        raise AlertNotFound
    return alert


async def create_alert(session: AsyncSession, new: AlertIn) -> Alert:
    """Store an alert.

    Raises:
        SymbolNotFound: There is no such symbol.
    """
    symbols = await hold_symbols(session, [new.symbol])
    if new.symbol not in symbols:
        raise SymbolNotFound
    alert = _alert(new, symbols[new.symbol])
    session.add(alert)
    await session.flush()
    return alert


async def create_alerts(session: AsyncSession, new: Sequence[AlertIn]) -> Batch[Alert]:
    """Store the alerts on symbols that exist, in two statements whatever the number.

    An alert that is not there yet has no id, so a failure is named by its place in the request.
    """
    symbols = await hold_symbols(session, {one.symbol for one in new})
    created: list[Alert] = []
    failed: list[BatchFailure] = []
    for place, one in enumerate(new):
        if symbol := symbols.get(one.symbol):
            created.append(_alert(one, symbol))
        else:
            failed.append(batch_failure(f"alerts.{place}", SymbolNotFound()))
    session.add_all(created)
    await session.flush()
    return Batch(created, failed)


async def change_alert(
    session: AsyncSession, alert_id: UUID, changes: AlertPatch, *, wanted: ExpectedVersions
) -> Alert:
    """Change what was given of an alert in one of the wanted versions, and return it.

    Raises:
        AlertNotFound: The owner has none with this id.
        PreconditionFailed: It has another version, perhaps of this very moment.
    """
    statement = (
        update(Alert)
        .where(Alert.id == alert_id, wanted.matches(Alert.version))
        .values(**changes.model_dump(), version=Alert.version + 1)
        .returning(Alert.id)
    )
    changed = await session.scalar(statement)
    alert = await get_alert(session, alert_id)
    if changed is None:
        raise PreconditionFailed
    return alert


async def delete_alert(session: AsyncSession, alert_id: UUID, *, wanted: ExpectedVersions) -> None:
    """Delete an alert in one of the wanted versions.

    Raises:
        AlertNotFound: The owner has none with this id.
        PreconditionFailed: It has another version, perhaps of this very moment.
    """
    statement = (
        delete(Alert).where(Alert.id == alert_id, wanted.matches(Alert.version)).returning(Alert.id)
    )
    if await session.scalar(statement) is None:
        await get_alert(session, alert_id)
        raise PreconditionFailed


async def delete_alerts(session: AsyncSession, ids: Sequence[UUID]) -> Batch[DeletedAlert]:
    """Delete those of the alerts that the owner has, in one statement whatever the number."""
    statement = delete(Alert).where(Alert.id.in_(ids)).returning(Alert.id)
    deleted = {alert_id: DeletedAlert(alert_id) for alert_id in await session.scalars(statement)}
    return match_batch(ids, deleted, missing=AlertNotFound())


def _alerts() -> Select[Alert]:
    """Return the select of alerts with their symbols."""
    return select(Alert).join(Alert.symbol).options(contains_eager(Alert.symbol))


def _alert(new: AlertIn, symbol: Symbol) -> Alert:
    return Alert(**new.model_dump(exclude={"symbol"}), symbol=symbol)  # the session adds the owner
