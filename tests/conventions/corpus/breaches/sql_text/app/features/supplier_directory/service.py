"""Services of the supplier directory."""

from collections.abc import Callable
from functools import partial
from typing import cast

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.supplier_directory.models import Supplier
from app.features.supplier_directory.repository import SupplierRepository
from app.features.supplier_directory.schemas import SupplierHit, SupplierHits, SupplierSearch

_COUNT = "SELECT count(*) FROM suppliers WHERE {condition}"
count_where: Callable[..., str] = partial(_COUNT.format)


async def search_suppliers(session: AsyncSession, query: SupplierSearch) -> SupplierHits:
    """Return the first suppliers that match a search."""
    rows = await SupplierRepository(session).search(query)
    return SupplierHits(suppliers=[SupplierHit.model_validate(row) for row in rows])


async def count_suppliers(session: AsyncSession, country: str, minimum: int) -> int:
    """Return the number of a country's suppliers with at least a rating."""

    def condition() -> str:
        match minimum:
            case 0:
                return f"country = '{country}'"
            case rating:
                return f"country = '{country}' AND rating >= {rating}"

    statement = count_where(condition=condition())
    return await session.scalar(text(statement)) or 0  # breach: sql-text


async def best_of(session: AsyncSession, order: str) -> list[str]:
    """Return the names of the ten best suppliers, by any column."""
    best = select(Supplier.name).order_by(text("%s DESC" % order)).limit(10)  # breach: sql-text
    return list(await session.scalars(best))


async def delete_blocked(session: AsyncSession, names: list[str]) -> None:
    """Delete the suppliers that the compliance team has blocked."""
    listed = ", ".join(map("'{}'".format, names))
    connection = await session.connection()
    # breach: sql-text
    await connection.exec_driver_sql(f"DELETE FROM suppliers WHERE name IN ({listed})")


async def rename(session: AsyncSession, old: str, new: str) -> str:
    """Rename a supplier with the driver's own call, and return its status."""
    raw_connection = await (await session.connection()).get_raw_connection()
    driver = cast("asyncpg.Connection", raw_connection.driver_connection)
    command = "UPDATE suppliers SET name = '" + new
    command += "' WHERE name = '" + old + "'"
    return await driver.execute(command)  # breach: sql-text
