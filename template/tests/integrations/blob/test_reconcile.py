import os
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS
from app.core.jobs.models import QueuedJob
from app.integrations.blob import reconcile as command
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage
from app.integrations.blob.reconcile import ReconcileReport, reconcile
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore
from tests.conftest import ClientFor
from tests.integrations.blob.conftest import Fake, states, used
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, upload
from tests.integrations.blob.test_lifecycle import expire

TWO_DAYS = 2 * 86_400


@pytest.fixture(autouse=True)
def real_commits(committed_database: AsyncEngine) -> None:
    assert committed_database


def make_old(path: Path) -> None:
    past = time.time() - TWO_DAYS
    os.utime(path, (past, past))


async def forget_jobs(session: AsyncSession) -> None:
    await session.execute(delete(QueuedJob))
    await session.commit()


async def make_a_mess(client_for: ClientFor, session: AsyncSession, fake: Fake) -> None:
    """Leave behind one of everything that can go wrong, and the jobs that would mend it lost."""
    ada, bob = await client_for(ADA), await client_for(BOB)
    gone, deleted, _good = [(await upload(ada, PNG, name=n)).json()["data"] for n in "abc"]
    await ada.delete(f"{FILES}/{deleted['id']}")
    offer = {"name": "a.png", "content_type": "image/png", "size": 1000}
    await ada.post(f"{FILES}/client-uploads", json=offer)
    await upload(bob, PNG, name="d")
    await expire(session)
    await bob.delete("/api/v1/users/me")
    await forget_jobs(session)
    (lost,) = (fake.folder / "content").rglob(gone["id"])
    lost.unlink()
    make_old(fake.place("files/nobody/old", b"orphan"))
    fake.place("files/nobody/new", b"perhaps an upload that is not over")
    make_old(fake.place("elsewhere/old", b"not ours"))
    wrong = update(BlobUsage).where(BlobUsage.holder != SERVICE)
    await session.execute(wrong.values(used_bytes=BlobUsage.used_bytes + 10_000))
    await session.commit()


async def test_whatever_accidents_leave_behind_is_mended_once(
    client_for: ClientFor,
    session: AsyncSession,
    store: BlobStore,
    blob_settings: BlobSettings,
    fake: Fake,
) -> None:
    await make_a_mess(client_for, session, fake)
    found = ReconcileReport(orphans=1, gone=1, ended=2, leavers=1, sums=2)
    before = (fake.kept(), await states(), await used())
    dry = await reconcile(store, blob_settings, dry_run=True)
    assert (dry.orphans, dry.gone, dry.ended, dry.leavers) == (1, 1, 2, 1)
    assert (fake.kept(), await states(), await used()) == before
    assert await reconcile(store, blob_settings) == found
    assert await states() == ["stored"]
    taken = await used()
    assert (len(taken), set(taken.values())) == (2, {len(PNG)})
    left = [name for name in fake.kept() if len(name) < 40]
    assert sorted(left) == ["elsewhere/old", "files/nobody/new"]
    assert len(fake.kept()) == 3
    assert await reconcile(store, blob_settings) == ReconcileReport()


async def test_a_blob_that_a_file_knows_is_kept_however_old(
    client_for: ClientFor, store: BlobStore, blob_settings: BlobSettings, fake: Fake
) -> None:
    await upload(await client_for(ADA))
    for pathname in fake.kept():
        make_old(fake.folder / "content" / pathname)
    assert await reconcile(store, blob_settings) == ReconcileReport()
    assert (len(fake.kept()), await states()) == (1, ["stored"])


async def test_what_is_going_on_is_left_alone(
    client_for: ClientFor, store: BlobStore, blob_settings: BlobSettings
) -> None:
    ada = await client_for(ADA)
    offer = {"name": "a.png", "content_type": "image/png", "size": 1000}
    await ada.post(f"{FILES}/client-uploads", json=offer)
    assert await reconcile(store, blob_settings) == ReconcileReport()
    assert (await states(), (await used())["service"]) == (["reserved"], 1000)


async def test_stores_and_tables_larger_than_a_page_are_read_to_their_end(
    client_for: ClientFor,
    app: FastAPI,
    store: BlobStore,
    blob_settings: BlobSettings,
    fake: Fake,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert app
    monkeypatch.setattr(command, "PAGE_ROWS", 2)
    monkeypatch.setattr("app.integrations.blob.vercel.MAX_BLOBS", 2)
    ada = await client_for(ADA)
    for number in range(5):
        await upload(ada, name=f"{number}.txt")
        make_old(fake.place(f"files/nobody/{number}", b"orphan"))
    for pathname in [name for name in fake.kept() if "nobody" not in name]:
        (fake.folder / "content" / pathname).unlink()
    assert await reconcile(store, blob_settings) == ReconcileReport(orphans=5, gone=5)
    count = select(func.count(BlobFile.id)).options(ALL_OWNERS)
    assert (await session.scalar(count), fake.kept()) == (0, {})
    assert await session.scalar(select(func.count(User.id))) == 1
