"""Services of the overview of a fund."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import BackgroundTasks
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.portfolio_overview.models import Fund, FundOrder
from app.features.portfolio_overview.repository import FundFigures


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures on the page of a fund."""

    invested: Decimal
    cash: Decimal
    open_orders: int


async def read_overview(session: AsyncSession, fund_id: UUID) -> Overview:
    """Return the figures of a fund."""
    figures = FundFigures(session, fund_id)
    # breach: session-shared
    invested, cash, orders = await asyncio.gather(
        figures.invested(), figures.cash(), figures.open_orders()
    )
    return Overview(invested, cash, orders)


async def read_total(session: AsyncSession, fund_id: UUID) -> Decimal:
    """Return the value of a fund with its cash."""
    figures = FundFigures(session, fund_id)
    async with asyncio.TaskGroup() as group:
        invested = group.create_task(figures.invested())
        cash = group.create_task(figures.cash())  # breach: session-shared
    return invested.result() + cash.result()


async def find_funds(session: AsyncSession, isins: list[str]) -> dict[str, UUID | None]:
    """Return the ids of up to ten funds by their ISIN."""

    async def find(isin: str) -> UUID | None:
        fund_id: UUID | None = await session.scalar(select(Fund.id).where(Fund.isin == isin))
        return fund_id

    wanted = isins[:10]
    found = await _together(find(isin) for isin in wanted)  # breach: session-shared
    return dict(zip(wanted, found, strict=True))


async def _together(calls: Any) -> list[Any]:
    running: list[Coroutine[Any, Any, Any]] = list(calls)
    return await asyncio.gather(*running)


async def cancel_orders(session: AsyncSession, fund_id: UUID, after: BackgroundTasks) -> None:
    """Cancel the open orders of a fund once the response is sent."""
    cancel = partial(_cancel, session)
    after.add_task(cancel, fund_id)  # breach: session-shared


async def _cancel(session: AsyncSession, fund_id: UUID) -> None:
    await session.execute(
        update(FundOrder)
        .where(FundOrder.fund_id == fund_id, FundOrder.state == "open")
        .values(state="canceled")
    )


class Refresher:
    """Refreshes the figures of a fund in the background."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session
        self._running: set[asyncio.Task[Decimal]] = set()

    def start(self, fund_id: UUID) -> None:
        """Refresh the figures without waiting for them."""
        refresh = FundFigures(self._session, fund_id).invested()
        task = asyncio.ensure_future(refresh)  # breach: session-shared
        self._running.add(task)
        task.add_done_callback(self._running.discard)
