"""Mend what accidents have left behind: `python -m app.integrations.blob.reconcile [--dry-run]`.

Blobs that no row knows for a day are deleted; files whose blob is gone are forgotten; reservations
and deletions that no job has ended are ended; the bytes that users take are added up anew. Run it
daily, on any one machine; as often as you like, and while the service runs.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import structlog
from sqlalchemy import func, select, text, update

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS
from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, ReadSessionLocal, open_database
from app.core.logging import configure_logging
from app.integrations.blob.lifecycle import (
    FileId,
    Leaver,
    Pathname,
    drop,
    forget,
    prefix_of,
    remove,
    settle,
)
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage, FileState
from app.integrations.blob.module import open_store
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore
from app.settings import Settings

ORPHAN_AGE = timedelta(days=1)
PAGE_ROWS = 1000

log = structlog.get_logger()


@dataclass(slots=True)
class ReconcileReport:
    """How much was found, and mended unless it was a dry run.

    Attributes:
        orphans: Blobs that no file knew.
        gone: Files whose blob was not there.
        ended: Reservations and deletions that no job had ended.
        leavers: Users who had left, and still took bytes.
        sums: Users, and the service, whose bytes were wrong.
    """

    orphans: int = 0
    gone: int = 0
    ended: int = 0
    leavers: int = 0
    sums: int = 0


async def reconcile(
    store: BlobStore, settings: BlobSettings, *, dry_run: bool = False
) -> ReconcileReport:
    """Compare the store with the tables, and mend both.

    Args:
        store: Where the files are.
        settings: What the names in the store begin with.
        dry_run: Whether to change nothing.
    """
    mended, started, seen = ReconcileReport(), datetime.now(UTC), set[str]()
    async for blobs in _list_blobs(store, f"{settings.blob_prefix}/", before=started):
        seen.update(blobs)
        orphans = await _without_row([name for name, is_old in blobs.items() if is_old])
        mended.orphans += len(orphans)
        if orphans and not dry_run:
            await store.delete(orphans)
    await _end_files(store, mended, seen, before=started, dry_run=dry_run)
    for user_id in await _leavers():
        mended.leavers += 1
        if not dry_run:
            async with AsyncSessionLocal.begin() as session:
                leaver = Leaver(user_id=user_id, prefix=prefix_of(user_id, settings))
                await forget.handler(session, leaver)
    mended.sums = await _add_up(dry_run=dry_run)
    return mended


async def _list_blobs(
    store: BlobStore, prefix: str, *, before: datetime
) -> AsyncIterator[dict[str, bool]]:
    """Yield the names in the store, a page at a time, each with whether it may be an orphan."""
    cursor = None
    while True:
        page = await store.list_page(prefix, cursor=cursor)
        yield {b.pathname: b.uploaded_at < before - ORPHAN_AGE for b in page.blobs}
        cursor = page.cursor
        if cursor is None:
            return


async def _without_row(pathnames: Sequence[str]) -> list[str]:
    async with ReadSessionLocal() as session:
        known = select(BlobFile.pathname).where(BlobFile.pathname.in_(pathnames))
        found = set(await session.scalars(known.options(ALL_OWNERS)))
    return [pathname for pathname in pathnames if pathname not in found]


async def _list_files(*, before: datetime) -> AsyncIterator[BlobFile]:
    last = UUID(int=0)
    while True:
        async with ReadSessionLocal() as session:
            page = select(BlobFile).where(BlobFile.id > last, BlobFile.created_at < before)
            page = page.order_by(BlobFile.id).limit(PAGE_ROWS).options(ALL_OWNERS)
            files = (await session.scalars(page)).all()
        for file in files:
            yield file
        if len(files) < PAGE_ROWS:
            return
        last = files[-1].id


async def _end_files(
    store: BlobStore, mended: ReconcileReport, seen: set[str], *, before: datetime, dry_run: bool
) -> None:
    async for file in _list_files(before=before):
        if file.state == FileState.STORED:
            if file.pathname in seen or await store.head(file.pathname) is not None:
                continue
            mended.gone += 1
        elif file.reserved_until is None or file.reserved_until < before:
            mended.ended += 1
        else:
            continue
        if not dry_run:
            await _end(file)


async def _end(file: BlobFile) -> None:
    async with AsyncSessionLocal.begin() as session:
        match file.state:
            case FileState.RESERVED:
                await settle.handler(session, FileId(file_id=file.id))
            case FileState.DELETING:
                await remove.handler(session, Pathname(pathname=file.pathname))
            case _:
                await drop(session, file.pathname, state=FileState.STORED)


async def _leavers() -> Sequence[UUID]:
    async with ReadSessionLocal() as session:
        gone = select(BlobUsage.holder).outerjoin(User, User.id == BlobUsage.holder)
        gone = gone.where(User.id.is_(None), BlobUsage.holder != SERVICE).limit(PAGE_ROWS)
        return (await session.scalars(gone)).all()


async def _add_up(*, dry_run: bool) -> int:
    """Correct what users and the service take, while nobody takes more; return how many."""
    taken = select(func.coalesce(func.sum(BlobFile.size), 0)).where(
        BlobFile.owner_id == BlobUsage.holder
    )
    of_user = taken.correlate(BlobUsage).scalar_subquery()
    users = BlobUsage.holder.in_(select(User.id))
    async with AsyncSessionLocal() as session:
        await session.execute(text("LOCK TABLE blob_usage IN SHARE ROW EXCLUSIVE MODE"))
        wrong = update(BlobUsage).where(users, BlobUsage.used_bytes != of_user)
        wrong = wrong.values(used_bytes=of_user).options(ALL_OWNERS).returning(BlobUsage.holder)
        corrected = len((await session.scalars(wrong)).all())
        everybody = await session.scalar(
            select(func.coalesce(func.sum(BlobUsage.used_bytes), 0)).where(
                BlobUsage.holder != SERVICE
            )
        )
        total = update(BlobUsage).where(BlobUsage.holder == SERVICE)
        total = total.where(BlobUsage.used_bytes != everybody).values(used_bytes=everybody)
        corrected += len((await session.scalars(total.returning(BlobUsage.holder))).all())
        if not dry_run:
            await session.commit()
    return corrected


async def run(core: Settings, settings: BlobSettings, *, dry_run: bool) -> ReconcileReport:
    """Reconcile the configured database with the configured store."""
    async with open_database(core), open_store(settings) as store:
        return await reconcile(store, settings, dry_run=dry_run)


def main() -> None:
    """Reconcile, and log how much there was."""
    parser = argparse.ArgumentParser(prog="python -m app.integrations.blob.reconcile")
    parser.add_argument(
        "--dry-run", action="store_true", help="change nothing, only say what is wrong"
    )
    dry_run: bool = parser.parse_args().dry_run
    configuration = load_settings([Settings, BlobSettings])
    core = cast("Settings", configuration[Settings])
    configure_logging(core)
    mended = asyncio.run(
        run(core, cast("BlobSettings", configuration[BlobSettings]), dry_run=dry_run)
    )
    log.info("blobs_reconciled", dry_run=dry_run, **asdict(mended))


if __name__ == "__main__":
    main()
