from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.features.subscription_extras.models import AddOn
from tests.conftest import ClientFor

ADD_ONS, BOOKINGS = "/api/v1/add-ons", "/api/v1/add-on-bookings"


async def store_add_on(session: AsyncSession, sku: str) -> None:
    session.add(AddOn(sku=sku, name="Ten seats", monthly=Decimal("9.90"), setup_fee=Decimal(5)))
    await session.commit()


async def test_an_add_on_is_booked_once_at_a_time(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    await store_add_on(session, "seats-10")
    booked = [await ada.post(BOOKINGS, json={"sku": "seats-10"}) for _ in range(2)]
    assert [one.status_code for one in booked] == [201, 409], booked[0].text
    path = booked[0].headers["location"]
    assert [one["sku"] for one in (await ada.get(BOOKINGS)).json()["data"]] == ["seats-10"]
    assert (await ada.delete(path)).status_code == 204
    assert (await ada.delete(path)).status_code == 404
    assert (await ada.post(BOOKINGS, json={"sku": "seats-10"})).status_code == 201


async def test_administrators_change_the_list_price(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    root = await client_for("root@example.com", role=Role.ADMIN)
    await store_add_on(session, "seats-10")
    path, price = f"{ADD_ONS}/seats-10/list-price", {"monthly": "12.00", "setup_fee": "3.00"}
    assert (await ada.put(path, json=price)).status_code == 403
    changed = await root.put(path, json=price)
    assert changed.json()["data"]["first_month"] == "15.00"
    [listed] = (await ada.get(ADD_ONS)).json()["data"]
    assert listed["monthly"] == "12.00"
