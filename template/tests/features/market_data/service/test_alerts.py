import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from tests.features.market_data.examples import StoreSymbol
from tests.features.market_data.plans import explain, statements_of

FILL_USERS = text(
    "INSERT INTO users (id, email, email_key, password_hash, role) "
    "SELECT gen_random_uuid(), name, name, '-', 'user' "
    "FROM (SELECT number || '@example.com' AS name FROM generate_series(1, 20) AS number) AS names"
)
FILL_ALERTS = text(
    "INSERT INTO alerts "
    "(id, owner_id, symbol_id, condition, threshold, active, version, created_at) "
    "SELECT gen_random_uuid(), users.id, symbols.id, 'price_above', number, number % 10 = 0, 1, "
    "now() - number * '1 minute'::interval "
    "FROM generate_series(1, 50) AS number, users, symbols"
)


@pytest.fixture
async def many_alerts(
    committed_database: AsyncEngine,
    session: AsyncSession,
    ada: AsyncClient,
    store_symbol: StoreSymbol,
) -> AsyncEngine:
    """Twenty users, and Ada, with a thousand alerts each."""
    assert ada
    for index in range(20):
        await store_symbol(f"S{index}")
    for statement in (FILL_USERS, FILL_ALERTS, text("ANALYZE")):
        await session.execute(statement)
    await session.commit()
    return committed_database


async def test_a_page_of_alerts_is_read_by_an_index(
    ada: AsyncClient, many_alerts: AsyncEngine
) -> None:
    by_owner = "ix_alerts_owner_id_created_at_id_active_condition"
    for name, value, index in [
        ("sort", "created_at", by_owner),
        ("sort", "-created_at", by_owner),
        ("active", "true", by_owner),
        ("symbol", "S7", "ix_alerts_symbol_id_owner_id_created_at_id"),
    ]:
        query = {name: value, "limit": "10"}
        page = await ada.get("/api/v1/alerts", params=query)
        query["cursor"] = page.json()["meta"]["next_cursor"]
        with statements_of(many_alerts) as statements:
            await ada.get("/api/v1/alerts", params=query)
        plan = await explain(many_alerts, *statements[-1])
        assert index in plan, plan
        assert "Seq Scan on alerts" not in plan, plan
        assert "Sort" not in plan or name == "symbol", plan  # of fifty alerts: cheaper than rows
