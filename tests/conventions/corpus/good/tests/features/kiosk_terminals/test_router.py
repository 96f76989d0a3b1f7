from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from app.features.kiosk_terminals.kiosk_models import read_models
from app.features.kiosk_terminals.models import Kiosk, KioskPrice
from app.features.kiosk_terminals.prices import replace_prices
from tests.conftest import ClientFor

KIOSKS = "/api/v1/kiosks"
MODELS = """
[tower]
width = 1080
height = 1920
"""


async def store_kiosk(session: AsyncSession, email: str) -> UUID:
    owner_id = (await session.scalars(select(User.id).where(User.email == email))).one()
    kiosk = Kiosk(owner_id=owner_id, name="Entrance")
    session.add(kiosk)
    await session.commit()
    return kiosk.id


async def test_a_pin_pairs_a_kiosk_once(client_for: ClientFor, session: AsyncSession) -> None:
    ada, eve = await client_for("ada@example.com"), await client_for("eve@example.com")
    path = f"{KIOSKS}/{await store_kiosk(session, 'ada@example.com')}"
    assert (await eve.post(f"{path}/pin")).status_code == 404
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        pin = (await ada.post(f"{path}/pin")).json()["data"]["pin"]
        wrong = await ada.post(f"{path}/pairing", json={"pin": "000000"})
        paired = await ada.post(f"{path}/pairing", json={"pin": pin})
        again = await ada.post(f"{path}/pairing", json={"pin": pin})
    assert [one.status_code for one in (wrong, paired, again)] == [403, 200, 403], paired.text
    assert (await ada.post(f"{path}/pin")).status_code == 409


@pytest.mark.usefixtures("stopped_rate_limits")
async def test_a_pin_is_tried_five_times(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    path = f"{KIOSKS}/{await store_kiosk(session, 'ada@example.com')}/pairing"
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        tries = [await ada.post(path, json={"pin": "000000"}) for _ in range(6)]
    assert [one.status_code for one in tries] == [403] * 5 + [429]


async def test_prices_are_replaced(client_for: ClientFor, session: AsyncSession) -> None:
    await client_for("ada@example.com")
    kiosk_id = await store_kiosk(session, "ada@example.com")
    for prices in ([("tea", Decimal(3)), ("water", Decimal(1))], [("tea", Decimal("3.50"))]):
        await replace_prices(session, kiosk_id, prices)
    rows = await session.execute(select(KioskPrice.article, KioskPrice.price))
    assert [tuple(row) for row in rows] == [("tea", Decimal("3.50"))]


def test_models_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(MODELS, encoding="utf-8")
    assert read_models(file)["tower"].height == 1920
    assert not read_models(None)
