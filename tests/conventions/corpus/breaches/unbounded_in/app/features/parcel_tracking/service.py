"""Services of parcel tracking."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.features.parcel_tracking.feed import read_feed
from app.features.parcel_tracking.models import Parcel, ParcelScan


async def import_feed(session: AsyncSession, file: Iterable[str]) -> set[str]:
    """Return the barcodes of a carrier's file that are known."""
    barcodes = [scan.barcode for scan in read_feed(file)]
    known = select(Parcel.barcode).where(Parcel.barcode.in_(barcodes))  # breach: unbounded-in
    return set(await session.scalars(known))


async def mark_delivered(session: AsyncSession, depot: str, since: datetime) -> None:
    """Mark the parcels that a depot has scanned as delivered."""
    ids = await _scanned_at(session, depot, since)
    await session.execute(update(Parcel).where(_one_of(Parcel.id, ids)).values(status="delivered"))


async def _scanned_at(session: AsyncSession, depot: str, since: datetime) -> Collection[UUID]:
    scanned = select(ParcelScan.parcel_id).where(
        ParcelScan.depot == depot, ParcelScan.scanned_at >= since
    )
    return {parcel_id async for parcel_id in await session.stream_scalars(scanned)}


def _one_of(column: InstrumentedAttribute[UUID], values: Collection[UUID]) -> ColumnElement[bool]:
    return column.in_(values)  # breach: unbounded-in


async def remove_scans(session: AsyncSession, *groups: Sequence[UUID]) -> None:
    """Remove the scans that the reconciliation has found to be wrong."""
    wrong = {scan_id for group in groups for scan_id in group}
    statement = delete(ParcelScan)
    statement = statement.where(ParcelScan.id.in_(wrong))  # breach: unbounded-in
    await session.execute(statement)


async def scanned_pairs(
    session: AsyncSession, lines: Iterable[str], parcels: dict[str, UUID]
) -> set[tuple[UUID, str]]:
    """Return the pairs of parcel and depot in a file that were stored before."""
    pairs = tuple((parcels[s.barcode], s.depot) for s in read_feed(lines) if s.barcode in parcels)
    stored = select(ParcelScan.parcel_id, ParcelScan.depot).where(
        tuple_(ParcelScan.parcel_id, ParcelScan.depot).in_(pairs)  # breach: unbounded-in
    )
    return {(row.parcel_id, row.depot) for row in await session.execute(stored)}
