from datetime import UTC, datetime, timedelta
from decimal import Decimal

from httpx2 import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.coupon_redemptions.models import Coupon
from tests.conftest import ClientFor

REDEMPTIONS = "/api/v1/coupon-redemptions"


async def store_coupon(session: AsyncSession, *, left: int) -> None:
    ends_at = datetime.now(UTC) + timedelta(days=1)
    coupon = Coupon(code="SPRING", discount=Decimal(10), redemptions_left=left, ends_at=ends_at)
    session.add(coupon)
    await session.commit()


async def redeem(client: AsyncClient) -> int:
    given = {"code": "spring", "order_number": "2026-0042"}
    return (await client.post(REDEMPTIONS, json=given)).status_code


async def test_a_coupon_is_redeemed_once_by_each(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    eve = await client_for("eve@example.com")
    await store_coupon(session, left=2)
    assert [await redeem(client) for client in (ada, ada, bob, eve)] == [201, 409, 201, 404]
    left = await session.scalar(select(Coupon.redemptions_left))
    assert left == 0
