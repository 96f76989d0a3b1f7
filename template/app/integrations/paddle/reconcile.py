"""Mend what events missed: read all customers, subscriptions and transactions from Paddle.

    python -m app.integrations.paddle.reconcile     # or: make paddle-reconcile

Run it daily, on any one machine. A page is stored together with how far it went, so a run that was
interrupted is taken up where it stopped. Newer state is never overwritten, and a second run mends
nothing.

Exit status: 0 done; 1 Paddle or the database did not answer, and the next run goes on from there.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar, cast

import structlog
from pydantic import ValidationError
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, ReadSessionLocal, open_database
from app.core.errors import AppError
from app.core.logging import configure_logging
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.entities import Customer, Entity, Subscription, Transaction
from app.integrations.paddle.models import PaddleReconciliation
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import store_customers, store_subscriptions, store_transactions
from app.settings import Settings

SECONDS_BETWEEN_PAGES = 0.3
"""Fewer than 240 requests a minute, with room for the service's own."""

log = structlog.get_logger()
EntityT = TypeVar("EntityT", bound=Entity)
Tell = Callable[[str], None]
StorePage = Callable[[AsyncSession, Sequence[dict[str, Any]]], Awaitable[int]]


def _storing(
    kind: type[EntityT], store: Callable[[AsyncSession, Sequence[EntityT]], Awaitable[int]]
) -> StorePage:
    """Return what stores a page; a thing that cannot be read is named in the log, and left out."""

    async def store_page(session: AsyncSession, page: Sequence[dict[str, Any]]) -> int:
        read: list[EntityT] = []
        for data in page:
            try:
                read.append(kind.model_validate(data))
            except ValidationError as error:
                places = [problem["loc"] for problem in error.errors()]
                log.warning("paddle_response_invalid", id=data.get("id"), places=places)
        return await store(session, read)

    return store_page


KINDS: Mapping[str, StorePage] = MappingProxyType(
    {
        "customers": _storing(Customer, store_customers),
        "subscriptions": _storing(Subscription, store_subscriptions),
        "transactions": _storing(Transaction, store_transactions),
    }
)
"""What is read, in this order."""


async def reconcile(paddle: PaddleClient, *, tell: Tell) -> int:
    """Store whatever Paddle knows better, page by page, from where the last run stopped.

    Args:
        paddle: Whom to ask.
        tell: Is given a line about each page.

    Returns:
        How many rows were mended.
    """
    kinds, mended = list(KINDS), 0
    kind, after = await _read_position()
    while True:
        page = await paddle.list_page(kind, after=after)
        following = kinds[kinds.index(kind) + 1 :]
        async with AsyncSessionLocal.begin() as session:
            changed = await KINDS[kind](session, page.data)
            if page.after is not None:
                await _write_position(session, kind, page.after)
            elif following:
                await _write_position(session, following[0], None)
            else:
                # conventions: ignore[write-without-where] there is one row at most
                await session.execute(delete(PaddleReconciliation))
        mended += changed
        tell(f"{kind}: {len(page.data)} read, {changed} mended")
        if page.after is None and not following:
            return mended
        kind, after = (kind, page.after) if page.after else (following[0], None)
        await asyncio.sleep(SECONDS_BETWEEN_PAGES)


async def _read_position() -> tuple[str, str | None]:
    async with ReadSessionLocal() as session:
        position = await session.get(PaddleReconciliation, 1)
    return (position.kind, position.after) if position else (next(iter(KINDS)), None)


async def _write_position(session: AsyncSession, kind: str, after: str | None) -> None:
    values = {"kind": kind, "after": after}
    statement = insert(PaddleReconciliation).values(id=1, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def _reconcile_in(core: Settings, paddle: PaddleSettings) -> int:
    async with open_database(core), PaddleClient(paddle) as client:
        return await reconcile(client, tell=lambda line: print(line, flush=True))  # noqa: T201 - a command


def main() -> int:
    """Reconcile, and return the exit status."""
    configuration = load_settings([Settings, PaddleSettings])
    core = cast("Settings", configuration[Settings])
    configure_logging(core)
    try:
        mended = asyncio.run(
            _reconcile_in(core, cast("PaddleSettings", configuration[PaddleSettings]))
        )
    except (AppError, DBAPIError) as error:
        log.error("paddle_reconcile_aborted", error=type(error).__name__)  # noqa: TRY400 - its kind says enough
        return 1
    log.info("paddle_reconciled", mended=mended)
    return 0


if __name__ == "__main__":
    sys.exit(main())
