"""The contract of `BlobStore`, for both implementations."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core.http import UpstreamFailed
from app.integrations.blob import store as disk
from app.integrations.blob import vercel
from app.integrations.blob.errors import FileNotFound
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore
from app.settings import Environment
from tests.integrations.blob.conftest import Fake, store_for
from tests.integrations.blob.examples import PNG

pytestmark = pytest.mark.parametrize("kind", ["vercel", "disk"])
NAME = "files/ada/one"


@pytest.fixture
async def store(kind: str, fake: Fake, tmp_path: Path) -> AsyncIterator[BlobStore]:
    on_disk = BlobSettings(
        environment=Environment.TEST, blob_read_write_token=None, blob_folder=tmp_path / "disk"
    )
    async with store_for(fake.settings() if kind == "vercel" else on_disk) as store:
        yield store


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        yield part


async def put(store: BlobStore, pathname: str = NAME, content: bytes = PNG) -> None:
    whole = parts(content[:5], content[5:])
    await store.put(pathname, whole, size=len(content), content_type="image/png")


async def read(store: BlobStore, pathname: str = NAME) -> bytes:
    async with aclosing(store.read(pathname)) as content:
        return b"".join([part async for part in content])


async def test_a_stored_blob_can_be_read_and_has_metadata(store: BlobStore) -> None:
    await put(store)
    assert await read(store) == PNG
    metadata = await store.head(NAME)
    assert metadata
    assert (metadata.pathname, metadata.size) == (NAME, len(PNG))
    assert abs(datetime.now(UTC) - metadata.uploaded_at) < timedelta(hours=1)


async def test_a_missing_blob_is_not_found(store: BlobStore) -> None:
    assert await store.head(NAME) is None
    with pytest.raises(FileNotFound):
        await read(store)


async def test_an_empty_blob_is_stored(store: BlobStore) -> None:
    await put(store, content=b"")
    assert await read(store) == b""


async def test_an_interrupted_upload_leaves_nothing(store: BlobStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PNG[:100]
        message = "the client has disconnected"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="the client has disconnected"):
        await store.put(NAME, broken(), size=len(PNG), content_type="image/png")
    assert await store.head(NAME) is None
    assert (await store.list_page("")).blobs == []


async def test_deleting_twice_is_no_error(store: BlobStore) -> None:
    await put(store)
    await store.delete([NAME])
    await store.delete([NAME, "files/never"])
    assert await store.head(NAME) is None


async def test_a_list_is_read_page_by_page(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (disk, vercel):
        monkeypatch.setattr(module, "MAX_BLOBS", 2)
    names = [f"files/ada/{number}" for number in range(5)]
    for name in [*names, "other/ada/0"]:
        await put(store, name)
    found: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page = await store.list_page("files/", cursor=cursor)
        found += [blob.pathname for blob in page.blobs]
        cursor, pages = page.cursor, pages + 1
    assert (found, pages) == (names, 3)


async def test_a_4xx_of_vercel_is_an_upstream_failure(
    kind: str, store: BlobStore, fake: Fake
) -> None:
    if kind == "disk":
        return
    await put(store)
    with pytest.raises(UpstreamFailed):
        await put(store)  # a blob is never overwritten
    settings = fake.settings(blob_api_url=f"{fake.address}/api/no-such")
    async with store_for(settings) as wrong:
        with pytest.raises(UpstreamFailed):
            await wrong.delete([NAME])
