"""Store the changes that no event has reported: read everything from Paddle's API.

    python -m app.integrations.paddle.reconcile     # or: make paddle-reconcile

Run it daily on one machine. Each page is stored together with the position, so an interrupted run
is continued by the next one. Newer data is never overwritten, and a second run changes nothing.

Exit status: 0 done; 1 Paddle or the database cannot be reached, and the next run continues there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.settings import AccountSettings
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.runtime import run_command
from app.core.services import get
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.duplicates import mark_all_duplicates
from app.integrations.paddle.entities import Customer, Entity, Subscription, Transaction
from app.integrations.paddle.models import PaddleReconciliation
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import store_customers, store_subscriptions, store_transactions

SECONDS_BETWEEN_PAGES = 0.3
"""Fewer than 240 requests a minute, which leaves room for those of the service."""

log = structlog.get_logger()
Store = Callable[[AsyncSession, Sequence[Any]], Awaitable[int]]

KINDS: Mapping[str, tuple[type[Entity], Store]] = MappingProxyType(
    {
        "customers": (Customer, store_customers),
        "subscriptions": (Subscription, store_subscriptions),
        "transactions": (Transaction, store_transactions),
    }
)
"""The lists to read, in this order."""


async def reconcile(paddle: PaddleClient, *, report: Callable[[str], None]) -> int:
    """Store newer data from Paddle, page by page, from the position of the last run.

    Args:
        paddle: The client.
        report: Receives a line for each page.

    Returns:
        The number of rows that changed.
    """
    total = 0
    kind, after = await _read_position()
    while kind is not None:
        page = await paddle.list_page(kind, after=after)
        following = kind if page.after else _kind_after(kind)
        async with AsyncSessionLocal.begin() as session:
            changed = await _store_page(session, kind, page.data)
            await _write_position(session, following, page.after)
        total += changed
        report(f"{kind}: {len(page.data)} read, {changed} changed")
        kind, after = following, page.after
        await asyncio.sleep(SECONDS_BETWEEN_PAGES)
    async with AsyncSessionLocal.begin() as session:
        await mark_all_duplicates(session)
    return total


def _kind_after(kind: str) -> str | None:
    kinds = [*KINDS, None]
    return kinds[kinds.index(kind) + 1]


async def _store_page(session: AsyncSession, kind: str, page: Sequence[dict[str, Any]]) -> int:
    """Return the number of rows that changed; invalid entities are logged and skipped."""
    model, store = KINDS[kind]
    entities: list[Entity] = []
    for data in page:
        try:
            entities.append(model.model_validate(data))
        except ValidationError as error:
            fields = [problem["loc"] for problem in error.errors()]
            log.warning("paddle_response_invalid", id=data.get("id"), fields=fields)
    return await store(session, entities)


async def _read_position() -> tuple[str | None, str | None]:
    async with ReadSessionLocal() as session:
        position = await session.get(PaddleReconciliation, 1)
    return (position.kind, position.after) if position else (next(iter(KINDS)), None)


async def _write_position(session: AsyncSession, kind: str | None, after: str | None) -> None:
    if kind is None:
        await session.execute(delete(PaddleReconciliation).where(PaddleReconciliation.id == 1))
        return
    values = {"kind": kind, "after": after}
    statement = insert(PaddleReconciliation).values(id=1, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def _run() -> int:
    async with PaddleClient(get(PaddleSettings)) as client:
        return await reconcile(client, report=lambda line: print(line, flush=True))  # noqa: T201 - a command


def main() -> None:
    """Reconcile, and log the number of changes."""
    changed = run_command(_run, PaddleSettings, optional=[AccountSettings])
    log.info("paddle_reconciled", changed=changed)


if __name__ == "__main__":
    main()
