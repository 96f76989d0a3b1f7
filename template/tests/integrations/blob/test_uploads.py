import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.http import UpstreamFailed
from app.integrations.blob.store import BlobStore
from tests.conftest import ClientFor
from tests.core.jobs.running import run_jobs
from tests.integrations.blob.conftest import Fake, file_states, store_for, used_bytes
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, TEXT, upload

pytestmark = pytest.mark.usefixtures("store")


async def test_an_uploaded_file_can_be_downloaded(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    created = await upload(ada, PNG, name="Straße “7”.png", content_type="image/png")
    assert created.status_code == 201, created.text
    file = created.json()["data"]
    assert file == {
        "id": file["id"],
        "name": "Straße “7”.png",
        "content_type": "image/png",
        "size": len(PNG),
        "state": "stored",
        "created_at": file["created_at"],
    }
    assert (await ada.get(created.headers["Location"])).json()["data"] == file
    read = await ada.get(f"{FILES}/{file['id']}/content")
    assert read.content == PNG
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["Content-Length"] == str(len(PNG))
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Disposition"] == (
        'attachment; filename="Stra_e _7_.png"; '
        "filename*=UTF-8''Stra%C3%9Fe%20%E2%80%9C7%E2%80%9D.png"
    )
    assert list(fake.blobs().values()) == [len(PNG)]
    assert (await used_bytes())["service"] == len(PNG)


async def test_a_wrong_content_type_is_rejected_and_uses_no_bytes(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    for content, declared in ((TEXT, "image/png"), (PNG, "text/plain"), (b"MZ\x00", "text/plain")):
        rejected = await upload(ada, content, content_type=declared)
        assert rejected.status_code == 415
        assert rejected.json()["error"]["code"] == "content_type_not_allowed"
    assert (fake.blobs(), await file_states(), await used_bytes()) == ({}, [], {})


@pytest.mark.parametrize(
    "name", ["", "   ", "..", "a/b", "a\\b", "a\nb", "a\x00b", "a\x7f", "gpj.\u202eexe", "n" * 201]
)
async def test_a_misleading_name_is_rejected(client_for: ClientFor, name: str) -> None:
    rejected = await upload(await client_for(ADA), name=name)
    assert rejected.status_code == 422
    assert await file_states() == []


async def test_a_file_that_is_too_large_is_rejected_unread(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    async with store_for(fake.settings(blob_max_file_bytes=20)):
        assert (await upload(ada, b"x" * 20)).status_code == 201
        rejected = await upload(ada, b"x" * 21)
    assert rejected.status_code == 413
    assert (await used_bytes())["service"] == 20


async def test_a_file_may_be_larger_than_other_bodies(client_for: ClientFor) -> None:
    assert (await upload(await client_for(ADA), b"x" * 1_500_000)).status_code == 201


async def test_a_body_of_unknown_length_is_rejected(client_for: ClientFor) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield TEXT

    rejected = await upload(await client_for(ADA), parts())
    assert rejected.status_code == 411
    assert rejected.json()["error"]["code"] == "length_required"


async def test_a_client_that_disconnects_leaves_nothing(
    served: str, client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        raise ConnectionAbortedError

    async with httpx2.AsyncClient(base_url=served, headers=ada.headers) as client:
        with suppress(ConnectionAbortedError):
            await upload(client, broken(), content_length="200000")
    for _ in range(6000):
        if await file_states() == ["deleting"]:
            break
        await asyncio.sleep(0.01)
    assert (await used_bytes())["service"] == 200_000
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"], fake.blobs()) == ([], 0, {})


async def test_a_failure_of_the_store_leaves_nothing(
    client_for: ClientFor, store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await client_for(ADA)

    async def fail(*_args: object, **_named: object) -> None:
        raise UpstreamFailed("blob", "500")

    with monkeypatch.context() as failing:
        failing.setattr(store, "put", fail)
        failed = await upload(ada)
    assert failed.status_code == 502
    assert failed.json()["error"]["code"] == "upstream_failed"
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"]) == ([], 0)
    assert (await upload(ada)).status_code == 201


async def test_an_outage_of_vercel_is_a_502(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    async with store_for(fake.settings(blob_api_url="http://127.0.0.1:9/api/blob")):
        failed = await upload(ada)
    assert failed.status_code == 502
    assert (await ada.get(FILES)).json()["data"] == []


async def test_fifty_concurrent_uploads_fill_the_quotas_exactly(
    committed_database: AsyncEngine, client_for: ClientFor, fake: Fake
) -> None:
    assert committed_database
    users = [await client_for(email) for email in (ADA, BOB, "carol@example.com")]
    quotas = fake.settings(blob_user_quota_bytes=7_000, blob_quota_bytes=15_500)
    async with store_for(quotas):
        uploads = [upload(users[n % 3], b"x" * 1000) for n in range(50)]
        responses = await asyncio.gather(*uploads)
    codes = [r.json()["error"]["code"] if r.is_error else "stored" for r in responses]
    assert codes.count("stored") == 15
    assert set(codes) <= {"stored", "storage_full", "quota_exceeded"}
    used = await used_bytes()
    assert used.pop("service") == sum(used.values()) == sum(fake.blobs().values()) == 15_000
    assert max(used.values()) <= 7_000


async def test_a_full_quota_is_reported_and_released_by_a_deletion(
    client_for: ClientFor, fake: Fake
) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    async with store_for(fake.settings(blob_user_quota_bytes=len(TEXT))):
        file = (await upload(ada)).json()["data"]
        rejected = await upload(ada)
        assert (rejected.status_code, rejected.json()["error"]["code"]) == (409, "quota_exceeded")
        assert (await upload(bob)).status_code == 201
        assert (await ada.delete(f"{FILES}/{file['id']}")).status_code == 204
        assert (await upload(ada)).status_code == 409  # the store has not deleted it yet
        await run_jobs()
        assert (await upload(ada)).status_code == 201


async def test_an_upload_of_a_file_deleted_meanwhile_leaves_nothing(
    client_for: ClientFor, store: BlobStore, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, put = await client_for(ADA), store.put

    async def delete_and_put(*args: Any, **named: Any) -> None:
        file = (await ada.get(FILES)).json()["data"][0]
        assert (await ada.delete(f"{FILES}/{file['id']}")).status_code == 204
        await run_jobs()
        await put(*args, **named)

    monkeypatch.setattr(store, "put", delete_and_put)
    assert (await upload(ada)).status_code == 404
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"], fake.blobs()) == ([], 0, {})
