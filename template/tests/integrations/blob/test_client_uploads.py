"""Clients that send files to the store themselves, and what the store says of it."""

import asyncio
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from fastapi import FastAPI

from app.integrations.blob.client_tokens import is_signed, make_client_token, sign
from devtools.fakes.blob import TOKEN
from tests.conftest import ClientFor
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.blob.conftest import Fake, kept_as, states, used
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, TEXT

pytestmark = pytest.mark.usefixtures("store")
REPORTS = "/api/v1/blob/callbacks"
OFFER = {"name": "a.png", "content_type": "image/png", "size": len(PNG)}


async def offer(client: httpx2.AsyncClient, **changes: Any) -> httpx2.Response:
    return await client.post(f"{FILES}/client-uploads", json=OFFER | changes)


async def send(
    offered: dict[str, Any], content: bytes = PNG, content_type: str = "image/png"
) -> httpx2.Response:
    """Upload as Vercel's JavaScript library does."""
    headers = {
        "Authorization": f"Bearer {offered['token']}",
        "x-api-version": "12",
        "x-content-type": content_type,
        "x-vercel-blob-access": offered["access"],
    }
    async with httpx2.AsyncClient() as client:
        return await client.put(offered["upload_url"], content=content, headers=headers)


def report(pathname: str, **more: Any) -> bytes:
    payload = {"blob": {"pathname": pathname, "url": "https://a/b"}, "tokenPayload": None}
    return orjson.dumps({"type": "blob.upload-completed", "payload": payload} | more)


async def tell(client: httpx2.AsyncClient, body: bytes, signature: str) -> httpx2.Response:
    headers = {"x-vercel-signature": signature, "content-type": "application/json"}
    return await client.post(REPORTS, content=body, headers=headers)


async def test_a_client_uploads_to_the_store_which_reports_it_and_the_file_is_there(
    served: str, client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    async with httpx2.AsyncClient(base_url=served, headers=ada.headers) as client:
        created = await offer(client, size=len(PNG) + 1000)
        assert created.status_code == 201, created.text
        offered = created.json()["data"]
        assert offered["file"]["state"] == "reserved"
        assert (await used())["service"] == len(PNG) + 1000
        assert (await client.get(created.headers["Location"])).status_code == 200
        content = f"{created.headers['Location']}/content"
        assert (await client.get(content)).json()["error"]["code"] == "file_not_ready"
        sent = await send(offered)
        assert sent.status_code == 200, sent.text
        for _ in range(6000):  # the report comes by itself
            await run_jobs()
            if await states() == ["stored"]:
                break
            await asyncio.sleep(0.01)
        file = (await client.get(created.headers["Location"])).json()["data"]
        assert (file["state"], file["size"]) == ("stored", len(PNG))
        assert (await client.get(content)).content == PNG
    assert (await used())["service"] == len(PNG)  # what it did not need was given back
    assert list(fake.kept()) == [offered["pathname"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content": PNG + b"x"}, "file length"),
        ({"content_type": "text/html"}, "is not allowed"),
        ({"pathname": "files/somebody/else"}, "does not match"),
        ({"token": "vercel_blob_client_fake_bm90IHNpZ25lZC5lMzA9"}, "Access denied"),
    ],
)
async def test_the_store_takes_what_the_token_allows_and_nothing_else(
    client_for: ClientFor, fake: Fake, changes: dict[str, Any], code: str
) -> None:
    offered = (await offer(await client_for(ADA))).json()["data"]
    if "pathname" in changes:
        elsewhere = offered["upload_url"].replace(offered["pathname"], changes.pop("pathname"))
        offered["upload_url"] = elsewhere
    offered["token"] = changes.pop("token", offered["token"])
    refused = await send(offered, **changes)
    assert refused.status_code in {400, 403}
    assert code in refused.json()["error"]["message"]
    assert fake.kept() == {}


async def test_a_token_is_valid_for_so_long_only(client_for: ClientFor, fake: Fake) -> None:
    offered = (await offer(await client_for(ADA))).json()["data"]
    offered["token"] = make_client_token(
        TOKEN,
        pathname=offered["pathname"],
        size=len(PNG),
        content_type="image/png",
        valid_until=datetime.now(UTC) - timedelta(seconds=1),
        callback_url="http://127.0.0.1:9",
    )
    assert (await send(offered)).json()["error"]["code"] == "client_token_expired"
    assert fake.kept() == {}


async def test_what_will_not_be_taken_gets_no_token(
    client_for: ClientFor, app: FastAPI, fake: Fake
) -> None:
    ada = await client_for(ADA)
    async with kept_as(app, fake.settings(blob_max_file_bytes=10, blob_user_quota_bytes=5)):
        for changes, status in (
            ({"content_type": "text/html"}, 415),
            ({"size": 11}, 413),
            ({"size": 6}, 409),
            ({"size": -1}, 422),
            ({"name": "../a"}, 422),
        ):
            assert (await offer(ada, **changes)).status_code == status
    assert await states() == []


async def test_a_folder_takes_nothing_from_clients(
    client_for: ClientFor, app: FastAPI, fake: Fake
) -> None:
    ada = await client_for(ADA)
    on_disk = fake.settings(blob_read_write_token=None, blob_folder=fake.folder / "disk")
    async with kept_as(app, on_disk):
        refused = await offer(ada)
    assert (refused.status_code, refused.json()["error"]["code"]) == (
        409,
        "client_uploads_disabled",
    )


async def test_a_report_that_the_store_did_not_sign_is_refused(
    client_for: ClientFor, app: FastAPI, fake: Fake
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    body = report(offered["pathname"])
    other = sign(TOKEN.replace("development", "other"), body)
    for signature in ("", "00", other, sign(TOKEN, body + b" ")):
        refused = await tell(ada, body, signature)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "invalid_signature")
    async with kept_as(app, fake.settings(blob_read_write_token=None)):
        assert (await tell(ada, body, sign(TOKEN, body))).status_code == 403
    strange = report(offered["pathname"], type="blob.other")
    assert (await tell(ada, strange, sign(TOKEN, strange))).status_code == 400


async def test_a_report_that_comes_again_changes_nothing(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    fake.place(offered["pathname"], PNG)
    body = report(offered["pathname"])
    for _ in range(3):
        assert (await tell(ada, body, sign(TOKEN, body))).status_code == 200
        await run_jobs()
    assert (await states(), (await used())["service"]) == (["stored"], len(PNG))


@pytest.mark.parametrize("content", [PNG + b"more", b"<script>", TEXT])
async def test_a_blob_that_is_not_what_was_announced_is_deleted(
    client_for: ClientFor, fake: Fake, content: bytes
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    fake.place(offered["pathname"], content)
    body = report(offered["pathname"])
    await tell(ada, body, sign(TOKEN, body))
    await run_jobs()
    assert (await states(), (await used())["service"], fake.kept()) == ([], 0, {})


async def test_a_report_without_a_blob_is_looked_at_again_until_the_reservation_ends(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    body = report(offered["pathname"])
    await tell(ada, body, sign(TOKEN, body))
    await run_jobs()
    assert await states() == ["reserved"]
    fake.place(offered["pathname"], PNG)
    await make_due()
    await run_jobs()
    assert await states() == ["stored"]


async def test_an_upload_that_ends_after_its_file_was_deleted_is_deleted_too(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    assert (await ada.delete(f"{FILES}/{offered['file']['id']}")).status_code == 204
    await run_jobs()
    fake.place(offered["pathname"], PNG)
    fake.place("elsewhere/file", PNG)
    for pathname in (offered["pathname"], "elsewhere/file"):
        body = report(pathname)
        assert (await tell(ada, body, sign(TOKEN, body))).status_code == 200
    await run_jobs()
    assert list(fake.kept()) == ["elsewhere/file"]  # which is not ours


async def test_an_offer_of_somebody_else_is_not_there(client_for: ClientFor) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    offered = (await offer(ada)).json()["data"]
    assert (await bob.get(f"{FILES}/{offered['file']['id']}")).status_code == 404


def test_signatures_are_those_of_vercels_own_library() -> None:
    token = "vercel_blob_client_123456789_TEST_TOKEN"
    body = (
        b'{"type":"blob.upload-completed","payload":{"blob":{"pathname":"newfile.txt"},'
        b'"tokenPayload":"custom-metadata"}}'
    )
    known = "a4eac582498d4548d701eb8ff3e754f33f078e75298b9a1a0cdbac128981b28d"  # by its own tests
    assert is_signed(token, body, known)
    assert not is_signed(token, body, known[:-1] + "e")


def test_a_token_names_the_store_and_holds_what_it_allows() -> None:
    made = make_client_token(
        "vercel_blob_rw_Store1_secret",
        pathname="a",
        size=1,
        content_type="text/plain",
        valid_until=datetime(2026, 1, 1, tzinfo=UTC),
        callback_url="https://example.com",
    )
    assert made.startswith("vercel_blob_client_Store1_")
    signature, _, payload = b64decode(made.split("_", 4)[4]).partition(b".")
    assert signature.decode() == sign("vercel_blob_rw_Store1_secret", payload)
    assert orjson.loads(b64decode(payload)) == {
        "pathname": "a",
        "maximumSizeInBytes": 1,
        "allowedContentTypes": ["text/plain"],
        "validUntil": 1_767_225_600_000,
        "addRandomSuffix": False,
        "allowOverwrite": False,
        "onUploadCompleted": {"callbackUrl": "https://example.com", "tokenPayload": None},
    }
