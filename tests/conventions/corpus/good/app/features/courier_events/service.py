"""Services of events of couriers."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.courier_events.models import ParcelState
from app.features.courier_events.verification import CourierEvent


async def apply(session: AsyncSession, event: CourierEvent) -> None:
    """Store the state of a parcel, unless a newer one is stored; a second delivery is harmless."""
    values = {"status": event.status, "happened_at": event.happened_at}
    stored = insert(ParcelState).values(parcel=event.parcel, **values)
    await session.execute(
        stored.on_conflict_do_update(
            index_elements=[ParcelState.parcel],
            set_=values,
            where=ParcelState.happened_at < stored.excluded.happened_at,
        )
    )
