"""Compare the store of files with the tables, and fix the differences after failures.

    python -m app.integrations.blob.reconcile [--dry-run]     # or: make blob-reconcile

Blobs without a record are deleted after a day; records without a blob are deleted; reservations and
deletions that no job has ended are ended; the bytes that users use are counted again. Run it daily
on one machine; it is safe to repeat, and to run beside the service.
"""

import argparse
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select, text, update

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.runtime import run_command
from app.core.services import get
from app.integrations.blob.lifecycle import (
    FileId,
    Pathname,
    UserFiles,
    delete_blob,
    delete_record,
    delete_user_files,
    finalize_upload,
    user_prefix,
)
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage, FileState
from app.integrations.blob.module import open_store
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore, list_pages

ORPHAN_AGE = timedelta(days=1)
PAGE_ROWS = 1000

log = structlog.get_logger()


@dataclass(slots=True)
class ReconcileReport:
    """The differences that were found, and fixed unless it was a dry run.

    Attributes:
        orphans: Blobs without a record.
        missing: Records without a blob.
        unfinished: Reservations and deletions that no job had ended.
        deleted_users: Deleted users with bytes that were still counted.
        totals: Wrong counts of bytes, of users and of the service.
    """

    orphans: int = 0
    missing: int = 0
    unfinished: int = 0
    deleted_users: int = 0
    totals: int = 0


async def reconcile(*, dry_run: bool = False) -> ReconcileReport:
    """Compare the store with the tables, and fix both.

    Args:
        dry_run: Whether to change nothing.
    """
    report, started = ReconcileReport(), datetime.now(UTC)
    listed = await _delete_orphans(report, before=started, dry_run=dry_run)
    await _end_files(report, listed, before=started, dry_run=dry_run)
    for user_id in await _list_deleted_users():
        report.deleted_users += 1
        if not dry_run:
            async with AsyncSessionLocal() as session:
                files = UserFiles(user_id=user_id, prefix=user_prefix(user_id))
                await delete_user_files.handler(session, files)
                await session.commit()
    report.totals = await _recount_bytes(dry_run=dry_run)
    return report


async def _delete_orphans(report: ReconcileReport, *, before: datetime, dry_run: bool) -> set[str]:
    """Delete old blobs without a record, and return the pathnames of all blobs."""
    store, listed = get(BlobStore), set[str]()
    async for blobs in list_pages(store, f"{get(BlobSettings).blob_prefix}/"):
        listed.update(blob.pathname for blob in blobs)
        old = [blob.pathname for blob in blobs if blob.uploaded_at < before - ORPHAN_AGE]
        orphans = await _without_record(old)
        report.orphans += len(orphans)
        if orphans and not dry_run:
            await store.delete(orphans)
    return listed


async def _without_record(pathnames: Sequence[str]) -> list[str]:
    async with ReadSessionLocal() as session:
        records = select(BlobFile.pathname).where(BlobFile.pathname.in_(pathnames))
        known = set(await session.scalars(records.options(ALL_OWNERS)))
    return [pathname for pathname in pathnames if pathname not in known]


async def _end_files(
    report: ReconcileReport, listed: set[str], *, before: datetime, dry_run: bool
) -> None:
    """End the files without a blob, and the reservations and deletions that are overdue."""
    async for file in _list_files(before=before):
        if file.state == FileState.STORED:
            # A blob that was stored during the run may be missing from the list.
            if file.pathname in listed or await get(BlobStore).head(file.pathname):
                continue
            report.missing += 1
        elif file.reserved_until is None or file.reserved_until < before:
            report.unfinished += 1
        else:
            continue
        if not dry_run:
            await _end_file(file)


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


async def _end_file(file: BlobFile) -> None:
    async with AsyncSessionLocal() as session:  # not `begin()`: a handler ends transactions
        match file.state:
            case FileState.RESERVED:
                await finalize_upload.handler(session, FileId(file_id=file.id))
            case FileState.DELETING:
                await delete_blob.handler(session, Pathname(pathname=file.pathname))
            case _:
                await delete_record(session, file.pathname, state=FileState.STORED)
        await session.commit()


async def _list_deleted_users() -> Sequence[UUID]:
    async with ReadSessionLocal() as session:
        holders = select(BlobUsage.holder).outerjoin(User, User.id == BlobUsage.holder)
        deleted = holders.where(User.id.is_(None), BlobUsage.holder != SERVICE).limit(PAGE_ROWS)
        return (await session.scalars(deleted)).all()


async def _recount_bytes(*, dry_run: bool) -> int:
    """Correct the counts of users and of the service; return the number of wrong ones.

    The table is locked against writes in the meantime, so that no upload changes a count between
    the sum and the update.
    """
    size = func.coalesce(func.sum(BlobFile.size), 0)
    of_user = (
        select(size)
        .where(BlobFile.owner_id == BlobUsage.holder)
        .correlate(BlobUsage)
        .scalar_subquery()
    )
    of_users = select(func.coalesce(func.sum(BlobUsage.used_bytes), 0)).where(
        BlobUsage.holder != SERVICE
    )
    async with AsyncSessionLocal() as session:
        await session.execute(text("LOCK TABLE blob_usage IN SHARE ROW EXCLUSIVE MODE"))
        users = (
            update(BlobUsage)
            .where(BlobUsage.holder.in_(select(User.id)), BlobUsage.used_bytes != of_user)
            .values(used_bytes=of_user)
            .options(ALL_OWNERS)
        )
        corrected = len((await session.scalars(users.returning(BlobUsage.holder))).all())
        total = await session.scalar(of_users) or 0
        service = (
            update(BlobUsage)
            .where(BlobUsage.holder == SERVICE, BlobUsage.used_bytes != total)
            .values(used_bytes=total)
        )
        corrected += len((await session.scalars(service.returning(BlobUsage.holder))).all())
        if not dry_run:
            await session.commit()
    return corrected


def main() -> None:
    """Reconcile, and log the report."""
    parser = argparse.ArgumentParser(prog="python -m app.integrations.blob.reconcile")
    parser.add_argument("--dry-run", action="store_true", help="report, and change nothing")
    dry_run: bool = parser.parse_args().dry_run

    async def run() -> ReconcileReport:
        async with open_store():
            return await reconcile(dry_run=dry_run)

    report = run_command(run, BlobSettings)
    log.info("blobs_reconciled", dry_run=dry_run, **asdict(report))


if __name__ == "__main__":
    main()
