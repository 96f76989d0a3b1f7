"""The import of a carrier's file: one consignment a row."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.freight_manifests.models import Consignment
from app.features.freight_manifests.repository import Consignees


class CarrierRow(NamedTuple):
    """A row of the carrier's file."""

    code: str
    weight_kg: Decimal


class CarrierImport:
    """Stores the rows of a file on one manifest."""

    def __init__(self, session: AsyncSession, manifest_id: UUID) -> None:
        """Take the transaction of the import, and its manifest."""
        self._session = session
        self._manifest_id = manifest_id
        self._consignees = Consignees(session)

    async def run(self, rows: AsyncIterator[CarrierRow]) -> int:
        """Store the rows of known consignees, and return their number."""
        stored = 0
        async for row in rows:
            stored += await self._store(row)  # breach: query-per-row
        return stored

    async def _store(self, row: CarrierRow) -> bool:
        consignee = await self._consignees.by_code(row.code)
        if consignee is None:
            return False
        self._session.add(
            Consignment(
                manifest_id=self._manifest_id,
                consignee_id=consignee.id,
                weight_kg=row.weight_kg,
            )
        )
        return True
