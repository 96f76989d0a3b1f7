"""The checks of the board: a fixed number, at the same time, each with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from time import perf_counter

import structlog
from sqlalchemy import func, select

from app.core.db import ReadSessionLocal
from app.core.db.revisions import check_database
from app.core.errors import AppError
from app.core.http import HttpClient
from app.features.status_boards.settings import BoardSettings

DEADLINE = 2.0
SAMPLES = 60

log = structlog.get_logger(__name__)


class Part(StrEnum):
    """A part of the board."""

    PAYMENTS = "payments"
    WAREHOUSE = "warehouse"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one part."""

    part: str
    is_up: bool
    ms: float


@dataclass(slots=True)
class Board:
    """The clients of the parts, and the last samples.

    Attributes:
        samples: The newest results, as many as an hour has minutes.
    """

    clients: Mapping[Part, HttpClient]
    samples: list[Health] = field(default_factory=list)
    checked_at: datetime | None = None

    async def check(self) -> list[Health]:
        """Ask every part at once, the database too, and keep the results."""
        payments, warehouse, tax, database = await asyncio.gather(
            self._ask(Part.PAYMENTS),
            self._ask(Part.WAREHOUSE),
            self._ask(Part.TAX),
            _measure("database", check_database),
        )
        results = [payments, warehouse, tax, database]
        self.samples = [*self.samples, *results][-SAMPLES:]
        self.checked_at = datetime.now(UTC)
        return results

    async def check_clients(self) -> list[Health]:
        """Ask the parts alone, as many as the enumeration has."""
        return list(await asyncio.gather(*(self._ask(part) for part in Part)))

    def age(self, now: datetime) -> float:
        """Return the seconds since the last check."""
        return (now - self.checked_at).total_seconds() if self.checked_at else float("inf")

    async def _ask(self, part: Part) -> Health:
        client = self.clients[part]

        async def ask() -> None:
            await client.request("GET", "/health", deadline=DEADLINE, retry=False)

        return await _measure(part.value, ask)


async def _measure(part: str, ask: Callable[[], Awaitable[object]]) -> Health:
    """Return the health of a part; any failure is logged, and counts as being down."""
    bound, started = log.bind(part=part), perf_counter()
    try:
        async with asyncio.timeout(DEADLINE):
            await ask()
    except (AppError, OSError, TimeoutError) as error:
        bound.info("part_down", error=type(error).__name__)
        is_up = False
    except Exception:
        bound.exception("part_check_failed")
        is_up = False
    else:
        is_up = True
    return Health(part, is_up, round((perf_counter() - started) * 1000, 1))


async def table_sizes(tables: tuple[str, str]) -> dict[str, int]:
    """Return the sizes of two tables, each from a session of its own, at the same time."""
    first, second = await asyncio.gather(_size(tables[0]), _size(tables[1]))
    return dict(zip(tables, (first, second), strict=True))


async def _size(table: str) -> int:
    async with ReadSessionLocal() as session:
        size: int | None = await session.scalar(select(func.pg_total_relation_size(table)))
        return size or 0


async def open_clients(stack: AsyncExitStack, settings: BoardSettings) -> dict[Part, HttpClient]:
    """Return a client for each part, open until the stack is closed."""
    addresses = {
        Part.PAYMENTS: settings.board_payments_url,
        Part.WAREHOUSE: settings.board_warehouse_url,
        Part.TAX: settings.board_tax_url,
    }
    return {
        part: await stack.enter_async_context(HttpClient(part.value, base_url=address))
        for part, address in addresses.items()
    }
