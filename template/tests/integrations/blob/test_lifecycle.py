"""Deleted users, expired reservations, and processes that are killed between two steps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.integrations.blob.models import BlobFile
from app.integrations.blob.store import BlobStore
from tests.conftest import ClientFor, delete_account
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.blob.conftest import Fake, file_states, used_bytes
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, upload

pytestmark = pytest.mark.usefixtures("store")


class Killed(BaseException):
    """Stands for the end of the process: no code of the service runs after it."""


async def expire(session: AsyncSession) -> None:
    """Expire every reservation, and make its job due."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = update(BlobFile).where(BlobFile.state == "reserved").values(reserved_until=past)
    await session.execute(expired.options(ALL_OWNERS))
    await session.commit()
    await make_due()


async def test_the_files_of_a_deleted_user_are_deleted_and_their_bytes_released(
    client_for: ClientFor, fake: Fake
) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    for _ in range(3):
        await upload(ada, PNG, name="a.png")
    await upload(bob, PNG, name="b.png")
    assert (await delete_account(ada)).status_code == 204
    assert len(fake.blobs()) == 4
    assert (await used_bytes())["service"] == 4 * len(PNG)  # the store still has them
    await run_jobs()
    assert len(fake.blobs()) == 1
    used = await used_bytes()
    assert (used["service"], len(used)) == (len(PNG), 2)
    assert len((await bob.get(FILES)).json()["data"]) == 1


async def test_an_upload_of_a_user_deleted_meanwhile_leaves_nothing(
    client_for: ClientFor, store: BlobStore, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, put = await client_for(ADA), store.put

    async def delete_user_and_put(*args: Any, **named: Any) -> None:
        assert (await delete_account(ada)).status_code == 204
        await run_jobs()
        await put(*args, **named)

    monkeypatch.setattr(store, "put", delete_user_and_put)
    assert (await upload(ada)).status_code == 404
    await run_jobs()
    assert (await file_states(), await used_bytes(), fake.blobs()) == ([], {"service": 0}, {})


@pytest.mark.parametrize("when", ["before the store has it", "when the store has it"])
async def test_an_upload_whose_process_is_killed_leaves_a_reservation_that_ends(
    client_for: ClientFor,
    session: AsyncSession,
    store: BlobStore,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    ada, put = await client_for(ADA), store.put

    async def put_and_die(*args: Any, **named: Any) -> None:
        if when == "when the store has it":
            await put(*args, **named)
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(store, "put", put_and_die)
        with pytest.raises(Killed):
            await upload(ada, PNG, name="a.png")
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"]) == (["reserved"], len(PNG))
    await expire(session)
    await run_jobs()
    if when == "when the store has it":  # the blob is complete and has the declared type
        assert (await file_states(), (await used_bytes())["service"]) == (["stored"], len(PNG))
    else:
        assert (await file_states(), (await used_bytes())["service"]) == ([], 0)


async def test_a_reservation_without_an_upload_expires(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for(ADA)
    offer = {"name": "a.png", "content_type": "image/png", "size": 1000}
    offered = await ada.post(f"{FILES}/client-uploads", json=offer)
    valid_until = datetime.fromisoformat(offered.json()["data"]["valid_until"])
    reservation = select(BlobFile.reserved_until).options(ALL_OWNERS)
    reserved_until = (await session.scalars(reservation)).one()
    assert reserved_until
    assert timedelta(0) < reserved_until - valid_until < timedelta(minutes=6)
    assert valid_until - datetime.now(UTC) <= timedelta(minutes=10)
    await run_jobs()
    assert (await used_bytes())["service"] == 1000
    await expire(session)
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"]) == ([], 0)


async def test_a_job_killed_after_the_deletion_of_its_blob_runs_again(
    client_for: ClientFor, store: BlobStore, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, delete = await client_for(ADA), store.delete
    file = (await upload(ada)).json()["data"]
    await ada.delete(f"{FILES}/{file['id']}")

    async def delete_and_die(pathnames: list[str]) -> None:
        await delete(pathnames)
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(store, "delete", delete_and_die)
        with pytest.raises(Killed):
            await run_jobs()
    assert (fake.blobs(), await file_states()) == ({}, ["deleting"])
    await make_due()
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"]) == ([], 0)
