import os
import time
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS
from app.core.jobs.models import QueuedJob
from app.integrations.blob import reconcile as command
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage
from app.integrations.blob.reconcile import ReconcileReport, reconcile
from app.integrations.blob.store import BlobStore
from tests.conftest import ClientFor, delete_account
from tests.integrations.blob.conftest import Fake, file_states, used_bytes
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, upload
from tests.integrations.blob.test_lifecycle import expire

TWO_DAYS = 2 * 86_400


@pytest.fixture(autouse=True)
def real_commits(committed_database: AsyncEngine, store: BlobStore) -> None:
    assert committed_database
    assert store


def make_old(path: Path) -> None:
    past = time.time() - TWO_DAYS
    os.utime(path, (past, past))


async def delete_jobs(session: AsyncSession) -> None:
    await session.execute(delete(QueuedJob))
    await session.commit()


async def break_everything(client_for: ClientFor, session: AsyncSession, fake: Fake) -> None:
    """Leave one of each failure behind, without the jobs that would fix it."""
    ada, bob = await client_for(ADA), await client_for(BOB)
    missing, deleted, _good = [(await upload(ada, PNG, name=n)).json()["data"] for n in "abc"]
    await ada.delete(f"{FILES}/{deleted['id']}")
    offer = {"name": "a.png", "content_type": "image/png", "size": 1000}
    await ada.post(f"{FILES}/client-uploads", json=offer)
    await upload(bob, PNG, name="d")
    await expire(session)
    await delete_account(bob)
    await delete_jobs(session)
    (lost,) = (fake.folder / "content").glob(f"*{missing['id']}")
    lost.unlink()
    make_old(fake.add("files/unknown/old", b"orphan"))
    fake.add("files/unknown/new", b"an upload that may be running")
    make_old(fake.add("elsewhere/old", b"of another service"))
    wrong = update(BlobUsage).where(BlobUsage.holder != SERVICE)
    await session.execute(wrong.values(used_bytes=BlobUsage.used_bytes + 10_000))
    await session.commit()


async def test_each_failure_is_reported_and_fixed_once(
    client_for: ClientFor, session: AsyncSession, fake: Fake
) -> None:
    await break_everything(client_for, session, fake)
    expected = ReconcileReport(orphans=1, missing=1, unfinished=2, deleted_users=1, totals=2)
    before = (fake.blobs(), await file_states(), await used_bytes())
    dry = await reconcile(dry_run=True)
    assert (dry.orphans, dry.missing, dry.unfinished, dry.deleted_users) == (1, 1, 2, 1)
    assert (fake.blobs(), await file_states(), await used_bytes()) == before
    assert await reconcile() == expected
    assert await file_states() == ["stored"]
    used = await used_bytes()
    assert (len(used), set(used.values())) == (2, {len(PNG)})
    left = [name for name in fake.blobs() if len(name) < 40]
    assert sorted(left) == ["elsewhere/old", "files/unknown/new"]
    assert len(fake.blobs()) == 3
    assert await reconcile() == ReconcileReport()


async def test_an_old_blob_of_a_file_is_kept(client_for: ClientFor, fake: Fake) -> None:
    await upload(await client_for(ADA))
    for pathname in fake.blobs():
        make_old(fake.path(pathname))
    assert await reconcile() == ReconcileReport()
    assert (len(fake.blobs()), await file_states()) == (1, ["stored"])


async def test_a_running_upload_is_left_alone(client_for: ClientFor) -> None:
    ada = await client_for(ADA)
    offer = {"name": "a.png", "content_type": "image/png", "size": 1000}
    await ada.post(f"{FILES}/client-uploads", json=offer)
    assert await reconcile() == ReconcileReport()
    assert (await file_states(), (await used_bytes())["service"]) == (["reserved"], 1000)


async def test_stores_and_tables_larger_than_a_page_are_read_completely(
    client_for: ClientFor, fake: Fake, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PAGE_ROWS", 2)
    monkeypatch.setattr("app.integrations.blob.vercel.MAX_BLOBS", 2)
    ada = await client_for(ADA)
    for number in range(5):
        await upload(ada, name=f"{number}.txt")
        make_old(fake.add(f"files/unknown/{number}", b"orphan"))
    for pathname in [name for name in fake.blobs() if "unknown" not in name]:
        fake.path(pathname).unlink()
    assert await reconcile() == ReconcileReport(orphans=5, missing=5)
    count = select(func.count(BlobFile.id)).options(ALL_OWNERS)
    assert (await session.scalar(count), fake.blobs()) == (0, {})
    assert await session.scalar(select(func.count(User.id))) == 1
