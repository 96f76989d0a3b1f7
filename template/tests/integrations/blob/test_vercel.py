"""The store at Vercel: uploads in parts, and pages that end."""

import os
from collections.abc import AsyncIterator

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.http import UpstreamFailed
from app.integrations.blob import vercel
from app.integrations.blob.store import BlobStore, list_pages
from tests.integrations.blob.conftest import Fake
from tests.integrations.blob.test_store import parts, read
from tests.serving import Stage

NAME = "files/ada/one"
PART = vercel.PART_BYTES
LARGE = os.urandom(2 * PART + 5)


@pytest.fixture(autouse=True)
def small_files_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vercel, "MULTIPART_BYTES", PART)


class Failing:
    """An app that answers the first of some requests with 503, before or after it is handled."""

    def __init__(self, app: ASGIApp | None, *, lost: bool = False, **headers: str) -> None:
        assert app
        self.app, self.lost, self.failures = app, lost, 0
        self.headers = {(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.failures or not self.headers <= set(scope["headers"]):
            await self.app(scope, receive, send)
            return
        self.failures += 1
        if self.lost:
            await self.app(scope, receive, _ignore)
        await JSONResponse({}, status_code=503)(scope, receive, send)


async def _ignore(_: Message) -> None:
    """Send nothing."""


async def put(store: BlobStore) -> None:
    content = parts(LARGE[:10], LARGE[10 : PART + 20], LARGE[PART + 20 :])
    await store.put(NAME, content, size=len(LARGE), content_type="image/png")


async def test_a_large_file_is_stored_in_parts(
    store: BlobStore, fake: Fake, stage: tuple[Stage, str]
) -> None:
    failing = Failing(stage[0].app, x_mpu_action="upload", x_mpu_part_number="3")
    stage[0].app = failing
    await put(store)
    assert await read(store, NAME) == LARGE
    assert failing.failures == 1  # the last part was sent again
    assert list(fake.files.unfinished.iterdir()) == []
    blob = fake.files.find(NAME)
    assert (blob and blob.content_type) == "image/png"


async def test_a_small_file_is_stored_by_one_request(
    store: BlobStore, fake: Fake, stage: tuple[Stage, str]
) -> None:
    stage[0].app = failing = Failing(stage[0].app, x_mpu_action="create")
    await store.put(NAME, parts(LARGE[:PART]), size=PART, content_type="image/png")
    assert (failing.failures, fake.blobs()) == (0, {NAME: PART})


async def test_an_upload_that_breaks_off_between_parts_leaves_no_blob(
    store: BlobStore, fake: Fake
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield LARGE[: PART + 1]
        message = "the client has disconnected"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="the client has disconnected"):
        await store.put(NAME, broken(), size=len(LARGE), content_type="image/png")
    assert fake.blobs() == {}
    await put(store)
    assert fake.blobs() == {NAME: len(LARGE)}


async def test_a_lost_response_to_the_last_request_does_not_fail_the_upload(
    store: BlobStore, fake: Fake, stage: tuple[Stage, str]
) -> None:
    stage[0].app = failing = Failing(stage[0].app, lost=True, x_mpu_action="complete")
    await put(store)
    assert (failing.failures, fake.blobs()) == (1, {NAME: len(LARGE)})


async def test_a_list_that_breaks_off_is_a_failure_of_the_store(
    store: BlobStore, stage: tuple[Stage, str]
) -> None:
    stage[0].app = Response(b'{"blobs": [], "hasMore": true}')
    with pytest.raises(UpstreamFailed):
        await store.list_page("")


async def test_a_list_ends_although_its_last_page_has_a_cursor(
    store: BlobStore, stage: tuple[Stage, str]
) -> None:
    stage[0].app = Response(b'{"blobs": [], "hasMore": false, "cursor": "again"}')
    assert [blobs async for blobs in list_pages(store, "")] == [[]]
