from uuid import uuid4

import pytest

from app.core.http import UpstreamFailed
from app.integrations.blob.store import BlobStore
from tests.conftest import AssertQueries, ClientFor
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.blob.conftest import Fake, file_states
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, TEXT, upload

pytestmark = pytest.mark.usefixtures("store")


async def test_a_list_has_the_users_files_newest_first_page_by_page(client_for: ClientFor) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    for number in range(5):
        await upload(ada, name=f"{number}.txt")
    await upload(bob, name="bob.txt")
    names: list[str] = []
    cursor: str | None = None
    while not names or cursor:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await ada.get(FILES, params=params)).json()
        names += [file["name"] for file in page["data"]]
        cursor = page["meta"]["next_cursor"]
    assert names == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]


async def test_a_list_is_filtered_by_declared_parameters_only(client_for: ClientFor) -> None:
    ada = await client_for(ADA)
    await upload(ada, TEXT)
    await upload(ada, PNG, name="b.png")
    found = await ada.get(FILES, params={"content_type": "image/png", "state": "stored"})
    assert [file["name"] for file in found.json()["data"]] == ["b.png"]
    assert (await ada.get(FILES, params={"state": "reserved"})).json()["data"] == []
    assert (await ada.get(FILES, params={"owner_id": str(uuid4())})).status_code == 422


async def test_a_list_takes_one_statement_whatever_its_length(
    client_for: ClientFor, assert_queries: AssertQueries
) -> None:
    ada = await client_for(ADA)
    for _ in range(3):
        await upload(ada)
    with assert_queries(2):  # the session and the list
        await ada.get(FILES)


async def test_a_file_of_another_user_is_not_found(client_for: ClientFor, fake: Fake) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    file = f"{FILES}/{(await upload(ada)).json()['data']['id']}"
    for path in (file, f"{file}/content"):
        missing = await bob.get(path)
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "file_not_found")
    assert (await bob.delete(file)).status_code == 404
    assert (await bob.get(FILES)).json()["data"] == []
    assert (await ada.get(f"{file}/content")).content == TEXT
    assert len(fake.blobs()) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_requests_without_a_token_are_rejected(client_for: ClientFor, method: str) -> None:
    ada = await client_for(ADA)
    del ada.headers["Authorization"]
    assert (await ada.request(method, FILES, params={"name": "a"})).status_code == 401


async def test_a_deleted_file_is_hidden_at_once_and_deleted_by_a_job(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    file = f"{FILES}/{(await upload(ada)).json()['data']['id']}"
    assert (await ada.delete(file)).status_code == 204
    for path in (file, f"{file}/content"):
        assert (await ada.get(path)).status_code == 404
    assert (await ada.delete(file)).status_code == 404
    assert (await ada.get(FILES)).json()["data"] == []
    assert (len(fake.blobs()), await file_states()) == (1, ["deleting"])
    await run_jobs()
    assert (fake.blobs(), await file_states()) == ({}, [])


async def test_a_deletion_that_fails_at_the_store_is_retried(
    client_for: ClientFor, store: BlobStore, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await client_for(ADA)
    file = f"{FILES}/{(await upload(ada)).json()['data']['id']}"
    await ada.delete(file)

    async def fail(_: object) -> None:
        raise UpstreamFailed("blob", "503")

    with monkeypatch.context() as failing:
        failing.setattr(store, "delete", fail)
        await run_jobs()
    assert (len(fake.blobs()), await file_states()) == (1, ["deleting"])
    await make_due()
    await run_jobs()
    assert (fake.blobs(), await file_states()) == ({}, [])


async def test_a_file_whose_blob_is_missing_is_not_found(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    file = f"{FILES}/{(await upload(ada)).json()['data']['id']}"
    for pathname in fake.blobs():
        fake.path(pathname).unlink()
    missing = await ada.get(f"{file}/content")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "file_not_found")
