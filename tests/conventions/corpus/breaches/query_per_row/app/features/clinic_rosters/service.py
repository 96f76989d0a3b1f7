"""Rosters, planned by one object a request."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import takewhile
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Session
from app.features.clinic_rosters.models import Nurse, Shift, Ward
from app.features.clinic_rosters.schemas import RosterIn, RosterOut


def _one(badge: str) -> Select[Nurse]:
    return select(Nurse).where(Nurse.badge == badge)


class RosterPlanner:
    """Plans the shifts of wards."""

    def __init__(self, session: Session) -> None:
        """Take the transaction of the request."""
        self._db: AsyncSession = session

    async def plan(self, ward_id: UUID, roster: RosterIn) -> RosterOut:
        """Replace the shifts of a ward on one day."""
        await self._db.execute(
            delete(Shift).where(Shift.ward_id == ward_id, Shift.day == roster.day)
        )
        names = []
        async for nurse in self._nurses(roster.badges):
            self._db.add(Shift(ward_id=ward_id, nurse_id=nurse.id, day=roster.day))
            names.append(nurse.name)
        await self._db.flush()
        return RosterOut(ward_id=ward_id, names=names)

    async def _nurses(self, badges: Sequence[str]) -> AsyncIterator[Nurse]:
        for nurse in map(_one, badges):
            if found := (await self._db.scalars(nurse)).first():  # breach: query-per-row
                yield found

    async def copy_week(self, ward_id: UUID, days: Sequence[date]) -> None:
        """Store the shifts of a ward for up to seven days, each in a savepoint."""
        for day in takewhile(bool, days[:7]):  # breach: query-per-row
            async with self._db.begin_nested():
                self._db.add(Shift(ward_id=ward_id, nurse_id=await self._idle(), day=day))
                await self._db.flush()

    async def _idle(self) -> UUID:
        idle = select(Nurse.id).order_by(Nurse.id).limit(1)
        return (await self._db.scalars(idle)).one()

    async def staff_below(self, ward: Ward) -> int:
        """Return the number of shifts of a ward and of all wards that are parts of it."""
        count = select(func.count()).where(Shift.ward_id == ward.id)
        total = await self._db.scalar(count) or 0
        parts = select(Ward).where(Ward.parent_id == ward.id).limit(100)
        for part in (await self._db.scalars(parts)).all():
            total += await self.staff_below(part)  # breach: query-per-row
        return total


Planner = Annotated[RosterPlanner, Depends(RosterPlanner)]
