from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.features.sales_reports.models import ShopOrder
from app.features.sales_reports.reports import (
    Period,
    ReportOrder,
    heaviest_order,
    rank_regions,
    trend,
)
from tests.conftest import ClientFor

SUMS = "/api/v1/sales-reports/sums"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
RANGE = {"start": START.isoformat(), "end": END.isoformat()}


async def store_orders(session: AsyncSession) -> None:
    for day, (region, net) in enumerate([("north", 10), ("south", 30), ("north", 15)], start=1):
        order = ShopOrder(
            region=region,
            channel="web",
            currency="CHF",
            net=Decimal(net),
            total_weight_kg=float(day),
            ordered_at=START.replace(day=day),
        )
        session.add(order)
    await session.commit()


async def test_sums_come_in_each_order(client_for: ClientFor, session: AsyncSession) -> None:
    root = await client_for("root@example.com", role=Role.ADMIN)
    await store_orders(session)
    for order, names in (
        ("sum", "south north"),
        ("name", "north south"),
        ("newest", "north south"),
    ):
        report = await root.get(SUMS, params=RANGE | {"order": order})
        rows = report.json()["data"]["rows"]
        assert [row["name"] for row in rows] == names.split(), order
    by_channel = await root.get(SUMS, params=RANGE | {"grouping": "channel"})
    assert by_channel.json()["data"]["rows"][0]["net"] == "55.00"


async def test_orders_that_are_not_listed_are_refused(client_for: ClientFor) -> None:
    root = await client_for("root@example.com", role=Role.ADMIN)
    refused = await root.get(SUMS, params=RANGE | {"order": "1; DROP TABLE users"})
    assert refused.status_code == 422


async def test_regions_have_places_and_trends(session: AsyncSession) -> None:
    await store_orders(session)
    ranked = await rank_regions(session, START, ReportOrder.SUM)
    assert [tuple(row) for row in ranked] == [("south", 1), ("north", 2)]
    months = await trend(session, START, END, period=Period.MONTH, region="north")
    assert [row.net for row in months] == [Decimal("25.00")]
    assert await heaviest_order(session, START)
