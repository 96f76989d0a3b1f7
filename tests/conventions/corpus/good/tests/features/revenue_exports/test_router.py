import json
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.features.revenue_exports.models import BookedSale
from tests.conftest import ClientFor

LINKS, EXPORT = "/api/v1/revenue-export-links", "/api/v1/revenue-export"


async def store_sale(session: AsyncSession, email: str, product: str) -> None:
    owner_id = (await session.scalars(select(User.id).where(User.email == email))).one()
    sale = BookedSale(
        owner_id=owner_id,
        booked_on=date(2026, 1, 31),
        product=product,
        customer_number="4711",
        net=Decimal("10.00"),
        tax=Decimal("0.81"),
    )
    session.add(sale)
    await session.commit()


async def test_the_stream_has_the_sales_of_its_user(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    await store_sale(session, "ada@example.com", "Chair")
    lines = (await ada.get(EXPORT)).text.splitlines()
    assert [json.loads(line)["product"] for line in lines] == ["Chair"]
    assert (await bob.get(EXPORT)).text == ""


async def test_a_link_opens_a_spreadsheet_without_formulas(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    await store_sale(session, "ada@example.com", "=1+1")
    path = (await ada.post(LINKS)).json()["data"]["path"]
    assert path.startswith("/api/v1/shared-revenue?")
    opened = await ada.get(path)
    assert "2026-01-31,'=1+1,4711,10.00,0.81" in opened.text


async def test_a_link_with_another_end_is_refused(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    path = (await ada.post(LINKS)).json()["data"]["path"]
    later = path.replace("end=", "end=9")
    assert datetime.now(UTC).year < 3000
    assert (await ada.get(later)).status_code == 401
