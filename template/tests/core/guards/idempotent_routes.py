"""Routes that take an idempotency key, and counts of the rows that they write."""

import asyncio
from typing import Annotated

import httpx2
from fastapi import Depends, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.core.context import current_request
from app.core.db import AsyncSessionLocal, Session, release_connection
from app.core.errors import Conflict
from app.core.guards import Idempotent
from app.core.guards.idempotency_records import IdempotencyRecord
from app.core.services import get
from tests.core.probes import Probe, ProbeSlot

KEY = {"Idempotency-Key": "d9b2a7e0"}


class ProbeIn(RequestModel):
    name: str


class ProbeOut(ResponseModel):
    name: str


class Broken(Conflict):
    code = "broken"


router = Router(prefix="/probes")


async def find_user(user: str | None = None) -> None:
    request = current_request()
    assert request
    request.user_id = user


async def add_probe(session: AsyncSession, name: str) -> Probe:
    probe = Probe(name=name)
    session.add(probe)
    await session.flush()
    return probe


@router.post(
    "",
    status_code=201,
    response_model=Envelope[ProbeOut],
    dependencies=[Depends(Idempotent())],
)
async def create_probe(
    session: Session,
    new: ProbeIn,
    response: Response,
    _user: Annotated[None, Depends(find_user)],
) -> DataResponse[Probe]:
    count = await session.scalar(select(func.count()).select_from(Probe))
    probe = await add_probe(session, f"{new.name} {count}")
    response.headers["Location"] = f"/probes/{probe.id}"
    if new.name == "broken":
        raise Broken
    return DataResponse(probe)


@router.post("/optional", dependencies=[Depends(Idempotent(required=False))])
async def create_optionally(session: Session) -> str:
    count = await session.scalar(select(func.count()).select_from(Probe))
    return (await add_probe(session, f"optional {count}")).name


@router.post("/slots", dependencies=[Depends(Idempotent())])
async def create_slots(session: Session) -> str:
    session.add_all([ProbeSlot(number=1), ProbeSlot(number=1)])  # refused at the commit
    return "stored"


@router.post("/calls", dependencies=[Depends(Idempotent(lease=60))])
async def create_with_call(session: Session, seen: str = "") -> str:
    await session.scalar(select(func.count()).select_from(Probe))
    await release_connection(session)
    await get(Upstream).call()
    if seen == "broken":
        raise Broken
    return (await add_probe(session, "called")).name


class Upstream:
    """Another service; a request waits until it responds."""

    def __init__(self) -> None:
        self.called, self.responds = asyncio.Event(), asyncio.Event()

    async def call(self) -> None:
        self.called.set()
        await self.responds.wait()


async def count_probes() -> int:
    async with AsyncSessionLocal() as session:
        return await session.scalar(select(func.count()).select_from(Probe)) or 0


async def count_kept() -> int:
    async with AsyncSessionLocal() as session:
        return await session.scalar(select(func.count()).select_from(IdempotencyRecord)) or 0


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
