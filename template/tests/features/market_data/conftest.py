from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from app.features.market_data.models import Alert, Candle, Symbol
from tests.conftest import ClientFor
from tests.features.market_data.examples import ADA, BOB, StoreAlert, StoreSymbol, candle_row


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        yield


@pytest.fixture
async def ada(client_for: ClientFor) -> AsyncClient:
    return await client_for(ADA)


@pytest.fixture
async def bob(client_for: ClientFor) -> AsyncClient:
    return await client_for(BOB)


@pytest.fixture
async def admin(client_for: ClientFor) -> AsyncClient:
    return await client_for("root@example.com", role=Role.ADMIN)


@pytest.fixture
def store_symbol(session: AsyncSession) -> StoreSymbol:
    async def store(ticker: str = "AAPL", *, days: int = 0, **values: Any) -> Symbol:
        symbol = Symbol(**{"ticker": ticker, "name": f"{ticker} Inc.", "currency": "USD"} | values)
        session.add(symbol)
        await session.flush()
        if days:
            rows = [candle_row(symbol, number=number) for number in range(days)]
            await session.execute(insert(Candle), rows)
        await session.commit()
        return symbol

    return store


@pytest.fixture
def store_alert(session: AsyncSession) -> StoreAlert:
    async def store(symbol: Symbol, *, owner: str, **values: Any) -> Alert:
        owner_id = (await session.scalars(select(User.id).where(User.email == owner))).one()
        given = {"condition": "price_above", "threshold": 100, "active": True} | values
        alert = Alert(owner_id=owner_id, symbol_id=symbol.id, **given)
        session.add(alert)
        await session.commit()
        return alert

    return store
