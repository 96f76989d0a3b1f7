"""Services of manifests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.freight_manifests import repository
from app.features.freight_manifests.models import Consignee, Consignment, Manifest
from app.features.freight_manifests.repository import Consignees

MAX_CONSIGNMENTS = 500


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """A line of the printed manifest."""

    consignee: str
    weight_kg: str


async def print_manifest(session: AsyncSession, manifest_id: UUID) -> list[ManifestLine]:
    """Return the lines of a manifest, in the order in which they were booked."""
    consignees = Consignees(session)
    booked = (
        select(Consignment)
        .where(Consignment.manifest_id == manifest_id)
        .order_by(Consignment.id)
        .limit(MAX_CONSIGNMENTS)
    )
    lines = []
    for consignment in await session.scalars(booked):
        consignee = await consignees.by_id(consignment.consignee_id)  # breach: query-per-row
        name = consignee.name if consignee else "unknown"
        lines.append(ManifestLine(name, f"{consignment.weight_kg:f}"))
    return lines


async def match_codes(session: AsyncSession, codes: Sequence[str]) -> dict[str, Consignee]:
    """Return the consignees with the codes of a carrier's file."""
    find = Consignees(session).by_code
    found = {code: await find(code) for code in codes}  # breach: query-per-row
    return {code: consignee for code, consignee in found.items() if consignee}


async def weigh(session: AsyncSession, numbers: Sequence[str]) -> dict[str, float]:
    """Return the weights of manifests by number."""
    manifests = await session.scalars(select(Manifest).where(Manifest.number.in_(numbers[:100])))
    weight = partial(repository.weight_of, session)
    weights: dict[str, float] = {}
    for manifest in manifests:
        weights[manifest.number] = await weight(manifest.id)  # breach: query-per-row
    return weights


async def reweigh(session: AsyncSession, scales: dict[UUID, Decimal]) -> None:
    """Store the weights that the scales have measured."""

    async def store(consignment_id: UUID, weight: Decimal) -> None:
        await session.execute(
            update(Consignment).where(Consignment.id == consignment_id).values(weight_kg=weight)
        )

    await _for_each(scales, store)


async def _for_each(
    values: dict[UUID, Decimal], apply: Callable[[UUID, Decimal], Awaitable[None]]
) -> None:
    for key, value in values.items():
        await apply(key, value)  # breach: query-per-row


async def unknown_codes(session: AsyncSession, codes: AsyncIterator[str]) -> list[str]:
    """Return the codes of a carrier that belong to no consignee."""
    known = Consignees(session)
    # breach: query-per-row
    return [code async for code in codes if await known.by_code(code) is None]


async def reload(session: AsyncSession, consignments: Sequence[Consignment]) -> None:
    """Load the consignees of consignments that another function has read."""
    pending = list(consignments)
    while pending:
        consignment = pending.pop()
        await session.refresh(consignment, ["consignee"])  # breach: query-per-row
