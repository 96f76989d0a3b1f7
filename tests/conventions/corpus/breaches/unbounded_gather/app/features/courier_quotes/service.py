"""Services of courier quotes."""

import asyncio
from asyncio import TaskGroup, as_completed, create_task, wait
from asyncio import gather as together
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from app.core.services import get
from app.features.courier_quotes.client import CourierApi


async def quote_all(couriers: Sequence[str], postcode: str) -> dict[str, Decimal]:
    """Return the prices of couriers for a postcode."""
    quote = partial(get(CourierApi).quote, postcode=postcode)
    prices = await together(*map(quote, couriers))  # breach: unbounded-gather
    return dict(zip(couriers, prices, strict=True))


async def cheapest(courier: str, postcodes: Iterable[str]) -> Decimal:
    """Return the lowest price of a courier for some postcodes."""
    api = get(CourierApi)
    async with TaskGroup() as group:
        # breach: unbounded-gather
        tasks = [group.create_task(api.quote(courier, code)) for code in postcodes]
    return min(task.result() for task in tasks)


async def warm_up(couriers: Sequence[str], postcodes: Sequence[str]) -> None:
    """Fetch the prices of all pairs, so that the courier computes them."""
    pending: set[asyncio.Task[Decimal]] = set()

    def start(courier: str, postcode: str) -> None:
        pending.add(create_task(get(CourierApi).quote(courier, postcode)))

    for courier in couriers:
        for postcode in postcodes:
            start(courier, postcode)  # breach: unbounded-gather
    await wait(pending)


async def first_below(limit: Decimal, couriers: Sequence[str], postcode: str) -> Decimal | None:
    """Return the first price below a limit that arrives."""
    api = get(CourierApi)
    calls = (api.quote(courier, postcode) for courier in couriers)
    for finished in as_completed(calls):  # breach: unbounded-gather
        price = await finished
        if price < limit:
            return price
    return None


async def refresh(shipments: AsyncIterator[tuple[str, str]]) -> int:
    """Fetch the prices of shipments again, and return their number."""
    calls: list[Coroutine[Any, Any, Decimal]] = []
    async for courier, postcode in shipments:
        calls.append(get(CourierApi).quote(courier, postcode))
    results = await _run(calls)
    return len(results)


async def _run(calls: Sequence[Coroutine[Any, Any, Decimal]]) -> list[Decimal]:
    return await asyncio.gather(*calls)  # breach: unbounded-gather
