"""Uploads from clients to the store, and the reports of the store."""

import asyncio
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest

from app.integrations.blob.client_uploads import is_signed, make_client_token, sign
from app.main import create_app
from app.settings import Settings
from devtools.fakes.blob import TOKEN
from tests.conftest import ClientFor
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.blob.conftest import Fake, file_states, store_for, used_bytes
from tests.integrations.blob.examples import ADA, BOB, FILES, PNG, TEXT

pytestmark = pytest.mark.usefixtures("store")
REPORTS = "/api/v1/blob/callbacks"
OFFER = {"name": "a.png", "content_type": "image/png", "size": len(PNG)}


async def offer(client: httpx2.AsyncClient, **changes: Any) -> httpx2.Response:
    return await client.post(f"{FILES}/client-uploads", json=OFFER | changes)


async def put(
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


async def send_report(client: httpx2.AsyncClient, body: bytes, signature: str) -> httpx2.Response:
    headers = {"x-vercel-signature": signature, "content-type": "application/json"}
    return await client.post(REPORTS, content=body, headers=headers)


async def test_an_upload_to_the_store_is_reported_and_the_file_is_stored(
    served: str, client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    async with httpx2.AsyncClient(base_url=served, headers=ada.headers) as client:
        created = await offer(client, size=len(PNG) + 1000)
        assert created.status_code == 201, created.text
        offered = created.json()["data"]
        assert offered["file"]["state"] == "reserved"
        assert (await used_bytes())["service"] == len(PNG) + 1000
        assert (await client.get(created.headers["Location"])).status_code == 200
        content = f"{created.headers['Location']}/content"
        assert (await client.get(content)).json()["error"]["code"] == "file_not_ready"
        sent = await put(offered)
        assert sent.status_code == 200, sent.text
        for _ in range(6000):  # the fake sends the report
            await run_jobs()
            if await file_states() == ["stored"]:
                break
            await asyncio.sleep(0.01)
        file = (await client.get(created.headers["Location"])).json()["data"]
        assert (file["state"], file["size"]) == ("stored", len(PNG))
        assert (await client.get(content)).content == PNG
    assert (await used_bytes())["service"] == len(PNG)  # the unused bytes were released
    assert list(fake.blobs()) == [offered["pathname"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"content": PNG + b"x"}, "file length"),
        ({"content_type": "text/html"}, "is not allowed"),
        ({"pathname": "files/another/user"}, "does not match"),
        ({"token": "vercel_blob_client_fake_bm90IHNpZ25lZC5lMzA9"}, "Access denied"),
    ],
)
async def test_the_store_accepts_only_uploads_that_the_token_allows(
    client_for: ClientFor, fake: Fake, changes: dict[str, Any], message: str
) -> None:
    offered = (await offer(await client_for(ADA))).json()["data"]
    if "pathname" in changes:
        elsewhere = offered["upload_url"].replace(offered["pathname"], changes.pop("pathname"))
        offered["upload_url"] = elsewhere
    offered["token"] = changes.pop("token", offered["token"])
    rejected = await put(offered, **changes)
    assert rejected.status_code in {400, 403}
    assert message in rejected.json()["error"]["message"]
    assert fake.blobs() == {}


async def test_a_token_expires(client_for: ClientFor, fake: Fake) -> None:
    offered = (await offer(await client_for(ADA))).json()["data"]
    offered["token"] = make_client_token(
        TOKEN,
        pathname=offered["pathname"],
        size=len(PNG),
        content_type="image/png",
        valid_until=datetime.now(UTC) - timedelta(seconds=1),
        callback_url="http://127.0.0.1:9",
    )
    assert (await put(offered)).json()["error"]["code"] == "client_token_expired"
    assert fake.blobs() == {}


async def test_an_invalid_upload_gets_no_token(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    async with store_for(fake.settings(blob_max_file_bytes=10, blob_user_quota_bytes=5)):
        for changes, status in (
            ({"content_type": "text/html"}, 415),
            ({"size": 11}, 413),
            ({"size": 6}, 409),
            ({"size": -1}, 422),
            ({"size": False}, 422),
            ({"size": "1"}, 422),
            ({"name": "../a"}, 422),
        ):
            assert (await offer(ada, **changes)).status_code == status
    assert await file_states() == []


async def test_client_uploads_are_disabled_without_a_token(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    on_disk = fake.settings(blob_read_write_token=None, blob_folder=fake.folder / "disk")
    async with store_for(on_disk):
        rejected = await offer(ada)
    assert rejected.status_code == 409
    assert rejected.json()["error"]["code"] == "client_uploads_disabled"


async def test_a_report_that_the_store_has_not_signed_is_rejected(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    body = report(offered["pathname"])
    of_other_store = sign(TOKEN.replace("development", "other"), body)
    for signature in ("", "00", of_other_store, sign(TOKEN, body + b" ")):
        rejected = await send_report(ada, body, signature)
        assert (rejected.status_code, rejected.json()["error"]["code"]) == (
            403,
            "invalid_signature",
        )
    async with store_for(fake.settings(blob_read_write_token=None)):
        assert (await send_report(ada, body, sign(TOKEN, body))).status_code == 403
    other = report(offered["pathname"], type="blob.other")
    assert (await send_report(ada, other, sign(TOKEN, other))).status_code == 400


async def test_a_repeated_report_changes_nothing(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    fake.add(offered["pathname"], PNG)
    body = report(offered["pathname"])
    for _ in range(3):
        assert (await send_report(ada, body, sign(TOKEN, body))).status_code == 200
        await run_jobs()
    assert (await file_states(), (await used_bytes())["service"]) == (["stored"], len(PNG))


@pytest.mark.parametrize("content", [PNG + b"more", b"<script>", TEXT])
async def test_a_blob_that_differs_from_its_reservation_is_deleted(
    client_for: ClientFor, fake: Fake, content: bytes
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    fake.add(offered["pathname"], content)
    body = report(offered["pathname"])
    await send_report(ada, body, sign(TOKEN, body))
    await run_jobs()
    assert (await file_states(), (await used_bytes())["service"], fake.blobs()) == ([], 0, {})


async def test_a_report_without_a_blob_is_checked_again_later(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    body = report(offered["pathname"])
    await send_report(ada, body, sign(TOKEN, body))
    await run_jobs()
    assert await file_states() == ["reserved"]
    fake.add(offered["pathname"], PNG)
    await make_due()
    await run_jobs()
    assert await file_states() == ["stored"]


async def test_a_blob_uploaded_after_its_file_was_deleted_is_deleted(
    client_for: ClientFor, fake: Fake
) -> None:
    ada = await client_for(ADA)
    offered = (await offer(ada)).json()["data"]
    assert (await ada.delete(f"{FILES}/{offered['file']['id']}")).status_code == 204
    await run_jobs()
    fake.add(offered["pathname"], PNG)
    fake.add("elsewhere/file", PNG)
    for pathname in (offered["pathname"], "elsewhere/file"):
        body = report(pathname)
        assert (await send_report(ada, body, sign(TOKEN, body))).status_code == 200
    await run_jobs()
    assert list(fake.blobs()) == ["elsewhere/file"]  # not a file of this service


async def test_a_reserved_file_of_another_user_is_not_found(client_for: ClientFor) -> None:
    ada, bob = await client_for(ADA), await client_for(BOB)
    offered = (await offer(ada)).json()["data"]
    assert (await bob.get(f"{FILES}/{offered['file']['id']}")).status_code == 404


def test_signatures_are_those_of_vercels_library() -> None:
    token = "vercel_blob_client_123456789_TEST_TOKEN"
    body = (
        b'{"type":"blob.upload-completed","payload":{"blob":{"pathname":"newfile.txt"},'
        b'"tokenPayload":"custom-metadata"}}'
    )
    expected = "a4eac582498d4548d701eb8ff3e754f33f078e75298b9a1a0cdbac128981b28d"  # from its tests
    assert is_signed(token, body, expected)
    assert not is_signed(token, body, expected[:-1] + "e")


def test_a_token_contains_the_store_and_the_allowed_upload() -> None:
    token = make_client_token(
        "vercel_blob_rw_Store1_secret",
        pathname="a",
        size=1,
        content_type="text/plain",
        valid_until=datetime(2026, 1, 1, tzinfo=UTC),
        callback_url="https://example.com",
    )
    assert token.startswith("vercel_blob_client_Store1_")
    signature, _, payload = b64decode(token.split("_", 4)[4]).partition(b".")
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


async def test_reports_of_the_store_are_exempt_from_the_default_limit(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"rate_limit": "1/hour"}))
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        statuses = {(await send_report(client, b"{}", "wrong")).status_code for _ in range(3)}
    assert statuses == {403}
