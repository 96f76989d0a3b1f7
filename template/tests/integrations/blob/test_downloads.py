"""Parts of files, copies that are current, names, and URLs of the store."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import httpx2
import pytest

from app.integrations.blob import vercel
from app.integrations.blob.downloads import content_disposition
from app.integrations.blob.store import BlobStore
from tests.conftest import ClientFor
from tests.integrations.blob.conftest import Fake, store_for
from tests.integrations.blob.examples import ADA, BOB, PNG, upload

SIZE = len(PNG)


@pytest.fixture
async def ada(client_for: ClientFor, store: BlobStore) -> httpx2.AsyncClient:
    assert store
    return await client_for(ADA)


@pytest.fixture
async def content(ada: httpx2.AsyncClient) -> str:
    """The path of the content of a file."""
    created = await upload(ada, PNG, name="a.png")
    return f"{created.headers['Location']}/content"


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-10", 10, 11),
        ("bytes=100-", 100, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        (f"bytes=-{SIZE + 5}", 0, SIZE),
        (f"bytes=5-{SIZE + 5}", 5, SIZE),
    ],
)
async def test_a_part_of_a_file_can_be_downloaded(
    ada: httpx2.AsyncClient, content: str, asked: str, first: int, end: int
) -> None:
    part = await ada.get(content, headers={"Range": asked})
    assert (part.status_code, part.content) == (206, PNG[first:end])
    assert part.headers["Content-Range"] == f"bytes {first}-{end - 1}/{SIZE}"
    assert part.headers["Content-Length"] == str(end - first)
    assert part.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "asked", ["bytes=5-3", "bytes=-", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b"]
)
async def test_an_invalid_or_multiple_range_gets_all_of_the_file(
    ada: httpx2.AsyncClient, content: str, asked: str
) -> None:
    whole = await ada.get(content, headers={"Range": asked})
    assert (whole.status_code, whole.content) == (200, PNG)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=99999999999-"])
async def test_a_range_beyond_the_end_is_416(
    ada: httpx2.AsyncClient, content: str, asked: str
) -> None:
    refused = await ada.get(content, headers={"Range": asked})
    assert refused.status_code == 416
    assert refused.json()["error"]["code"] == "range_not_satisfiable"
    assert refused.headers["Content-Range"] == f"bytes */{SIZE}"


async def test_a_current_copy_is_not_sent_again(ada: httpx2.AsyncClient, content: str) -> None:
    headers = (await ada.get(content)).headers
    etag, changed = headers["ETag"], headers["Last-Modified"]
    for condition in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": changed},
        {"If-Modified-Since": format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)},
    ):
        current = await ada.get(content, headers=condition)
        assert (current.status_code, current.content) == (304, b""), condition
        assert (current.headers["ETag"], current.headers["Last-Modified"]) == (etag, changed)
    earlier = format_datetime(parsedate_to_datetime(changed) - timedelta(seconds=1), usegmt=True)
    for condition in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": changed},
        {"If-Modified-Since": earlier},
        {"If-Modified-Since": "yesterday"},
    ):
        assert (await ada.get(content, headers=condition)).status_code == 200, condition


async def test_a_download_resumes_only_if_the_file_is_the_same(
    ada: httpx2.AsyncClient, content: str
) -> None:
    headers = (await ada.get(content)).headers
    for validator, status in (
        (headers["ETag"], 206),
        (headers["Last-Modified"], 206),
        ('"other"', 200),
        (f"W/{headers['ETag']}", 200),
    ):
        part = await ada.get(content, headers={"Range": "bytes=5-", "If-Range": validator})
        assert part.status_code == status, validator


async def test_head_has_the_headers_of_a_download(ada: httpx2.AsyncClient, content: str) -> None:
    got, headed = await ada.get(content), await ada.head(content)
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("name", "in_ascii"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("Café.pdf", "Cafe.pdf"),
        ('a "b" 100%;.txt', "a _b_ 100_;.txt"),
        ("写真.jpg", "__.jpg"),
    ],
)
def test_a_name_is_given_in_ascii_too(name: str, in_ascii: str) -> None:
    header = content_disposition(name)
    assert header.startswith(f"attachment; filename=\"{in_ascii}\"; filename*=UTF-8''")
    assert header.isascii()


async def test_a_part_is_right_even_if_a_cache_sends_all(
    ada: httpx2.AsyncClient, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = vercel.HttpClient.stream

    def without_range(client: vercel.HttpClient, *arguments: str, **_: object) -> object:
        return stream(client, *arguments)

    monkeypatch.setattr(vercel.HttpClient, "stream", without_range)
    part = await ada.get(content, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, PNG[1000:2000])


async def test_a_url_of_the_store_needs_no_login_and_expires(
    ada: httpx2.AsyncClient, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = await ada.get(content.replace("/content", "/content-url"))
    assert offered.status_code == 200, offered.text
    url = offered.json()["data"]["url"]
    async with httpx2.AsyncClient() as anyone:
        assert (await anyone.get(url)).content == PNG
        part = await anyone.get(url, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, PNG[:10])
        assert (await anyone.get(url.replace("signature=", "signature=x"))).status_code == 403
        other = url.replace("/content/files/", "/content/files/other")
        assert (await anyone.get(other)).status_code == 403
        monkeypatch.setattr(
            "devtools.fakes.blob_tokens.time.time", lambda: datetime.now(UTC).timestamp() + 301
        )
        assert (await anyone.get(url)).status_code == 403


async def test_a_url_of_the_store_is_for_the_owner_only(
    client_for: ClientFor, content: str
) -> None:
    bob = await client_for(BOB)
    missing = await bob.get(content.replace("/content", "/content-url"))
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "file_not_found")


async def test_a_folder_has_no_urls_and_sends_parts(client_for: ClientFor, fake: Fake) -> None:
    ada = await client_for(ADA)
    on_disk = fake.settings(blob_read_write_token=None, blob_folder=fake.folder / "disk")
    async with store_for(on_disk):
        file = (await upload(ada, PNG, name="a.png")).headers["Location"]
        refused = await ada.get(f"{file}/content-url")
        part = await ada.get(f"{file}/content", headers={"Range": "bytes=5-9"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "download_urls_disabled")
    assert (part.status_code, part.content) == (206, PNG[5:10])
