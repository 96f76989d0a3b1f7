"""A job that writes one row, so that tests can count its effects."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal
from app.core.jobs import job
from tests.core.probes import Probe


class Note(BaseModel):
    name: str


@job(name="note_down", attempts=3, timeout=300)
async def note_down(session: AsyncSession, payload: Note) -> None:
    session.add(Probe(name=payload.name))


async def noted() -> Sequence[str]:
    async with AsyncSessionLocal() as session:
        return (await session.scalars(select(Probe.name).order_by(Probe.seen_at))).all()
