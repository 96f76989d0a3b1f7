"""Services of reports: sums by period and by group, and the ranking of regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Row, TextClause, column, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.timing import timed
from app.features.sales_reports.models import ShopOrder

MAX_ROWS = 500


class Grouping(StrEnum):
    """The columns that a report can be grouped by."""

    REGION = "region"
    CHANNEL = "channel"
    CURRENCY = "currency"


class ReportOrder(StrEnum):
    """The orders of a report."""

    NAME = "name"
    SUM = "sum"
    NEWEST = "newest"


class Period(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_ORDER_BY: Final = {
    ReportOrder.NAME: "name ASC",
    ReportOrder.SUM: "net DESC, name ASC",
    ReportOrder.NEWEST: "newest DESC, name ASC",
}

_SUMS = """
    SELECT {grouping} AS name,
           sum(net) AS net,
           count(*) AS orders,
           max(ordered_at) AS newest
      FROM shop_orders
     WHERE ordered_at >= :start AND ordered_at < :end
     GROUP BY {grouping}
     ORDER BY {order}
     LIMIT :rows
"""

# Every statement that the report can be: made once, from constants alone.
_STATEMENTS: Final[dict[tuple[Grouping, ReportOrder], TextClause]] = {
    (grouping, order): text(_SUMS.format(grouping=grouping.value, order=sql))
    for grouping in Grouping
    for order, sql in _ORDER_BY.items()
}

SumRow = Row[str, Decimal, int, datetime]


@dataclass(frozen=True, slots=True)
class SalesReport:
    """The sums of the groups of a time."""

    grouping: Grouping
    rows: Sequence[SumRow]


@timed("sales_sums", params=("grouping", "order"), slow_ms=500)
async def sum_sales(
    session: AsyncSession,
    start: datetime,
    end: datetime,
    *,
    grouping: Grouping,
    order: ReportOrder,
) -> SalesReport:
    """Return the sums of a time by a column, in one of the orders."""
    statement = _STATEMENTS[grouping, order]
    rows = await session.execute(statement, {"start": start, "end": end, "rows": MAX_ROWS})
    return SalesReport(grouping, rows.all())


async def trend(
    session: AsyncSession, start: datetime, end: datetime, *, period: Period, region: str | None
) -> Sequence[Row[datetime, Decimal]]:
    """Return the sum of each period, in the order of time."""
    begins = func.date_trunc(period.value, ShopOrder.ordered_at).label("begins")
    statement = (
        select(begins, func.sum(ShopOrder.net).label("net"))
        .where(ShopOrder.ordered_at >= start, ShopOrder.ordered_at < end)
        .group_by(begins)
        .order_by(begins)
        .limit(MAX_ROWS)
    )
    if region is not None:
        statement = statement.where(ShopOrder.region == region)
    return (await session.execute(statement)).all()


def _order_sql(order: ReportOrder) -> str:
    """Return the ORDER BY of a ranking; each value is written here."""
    match order:
        case ReportOrder.SUM:
            return "net DESC"
        case ReportOrder.NEWEST:
            return "newest DESC"
        case ReportOrder.NAME:
            return "region"


async def rank_regions(
    session: AsyncSession, start: datetime, order: ReportOrder
) -> Sequence[Row[str, int]]:
    """Return the regions with their places."""
    order_by = _order_sql(order)
    statement = text(
        f"SELECT region, rank() OVER (ORDER BY {order_by}) AS place FROM ("  # noqa: S608 - constant
        "  SELECT region, sum(net) AS net, max(ordered_at) AS newest"
        "    FROM shop_orders WHERE ordered_at >= :start GROUP BY region"
        ") AS sums ORDER BY place LIMIT :rows"
    ).columns(column("region"), column("place"))
    return (await session.execute(statement, {"start": start, "rows": MAX_ROWS})).all()


async def heaviest_order(session: AsyncSession, start: datetime) -> UUID | None:
    """Return the id of the heaviest order since a time."""
    heaviest = (
        select(ShopOrder.id)
        .where(ShopOrder.ordered_at >= start)
        .order_by(ShopOrder.total_weight_kg.desc())
        .limit(1)
    )
    found: UUID | None = await session.scalar(heaviest)
    return found
