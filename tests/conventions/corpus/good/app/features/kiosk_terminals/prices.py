"""Replacing the prices of a kiosk: rows go to a temporary table, and are then merged."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice
from uuid import UUID

from sqlalchemy import Column, MetaData, Numeric, String, Table, delete, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateTable

from app.features.kiosk_terminals.models import KioskPrice

ROWS_AT_ONCE = 1000

_STAGING = Table(
    "staged_kiosk_prices",
    MetaData(),
    Column("article", String(20)),
    Column("price", Numeric(10, 2)),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


async def replace_prices(
    session: AsyncSession, kiosk_id: UUID, prices: Iterable[tuple[str, Decimal]]
) -> None:
    """Replace the prices of a kiosk by others, all of them or none; for the nightly command."""
    await session.execute(CreateTable(_STAGING, if_not_exists=True))
    await session.execute(delete(_STAGING))  # of an earlier kiosk in the same transaction
    rest = iter(prices)
    while rows := list(islice(rest, ROWS_AT_ONCE)):
        await session.execute(insert(_STAGING), _rows(rows))
    staged = select(literal(kiosk_id), _STAGING.c.article, _STAGING.c.price)
    merged = upsert(KioskPrice).from_select(["kiosk_id", "article", "price"], staged)
    await session.execute(
        merged.on_conflict_do_update(
            index_elements=["kiosk_id", "article"], set_={"price": merged.excluded.price}
        )
    )
    known = select(_STAGING.c.article)
    await session.execute(
        delete(KioskPrice)
        .where(KioskPrice.kiosk_id == kiosk_id, KioskPrice.article.not_in(known))
        .execution_options(synchronize_session=False)
    )


def _rows(prices: Sequence[tuple[str, Decimal]]) -> list[dict[str, object]]:
    return [{"article": article, "price": price} for article, price in prices]
