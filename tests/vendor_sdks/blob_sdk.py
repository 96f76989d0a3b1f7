"""Drive a fake of Vercel Blob with Vercel's own SDK."""

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from vercel.blob.errors import BlobError, BlobNotFoundError
from vercel.blob.sync import (
    copy_blob,
    delete_blob,
    head_blob,
    multipart_upload_blob,
    put_blob,
    query_blob_entries,
    query_blobs,
)

PART = 5 * 1024 * 1024


def read(pathname: str) -> bytes:
    address = f"{os.environ['CONTENT_URL']}/{quote(pathname)}"
    headers = {"Authorization": f"Bearer {os.environ['BLOB_READ_WRITE_TOKEN']}"}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as response:
        content: bytes = response.read()
        return content


def names() -> list[str]:
    return [blob.pathname for blob in query_blobs(prefix="python/")]


@contextmanager
def refused(error: type[BlobError] = BlobError) -> Iterator[None]:
    try:
        yield
    except error:
        return
    raise AssertionError


one = put_blob("python/one.txt", b"one", access="private")
assert (one.pathname, one.content_type) == ("python/one.txt", "text/plain")
with refused():
    put_blob(one.pathname, b"two", access="private")
put_blob(one.pathname, b"two", access="private", allow_overwrite=True)
assert head_blob(one.url).size == head_blob(one.pathname).size == 3
with refused(BlobNotFoundError):
    head_blob("python/missing")
put_blob("python/random.txt", b"r", access="private", add_random_suffix=True)
copy_blob(one.url, "python/deep/copy.txt", access="private")
assert read("python/deep/copy.txt") == b"two"
assert len(names()) == 3
entries = [
    getattr(entry, "pathname", None) or entry.prefix
    for entry in query_blob_entries(prefix="python/")
]
assert "python/deep/" in entries, entries
large = b"large" * (2 * PART // 5) + b"!"
with multipart_upload_blob("python/large.bin", access="private") as upload:
    for start in range(0, len(large), PART):
        upload.upload_part(large[start : start + PART])
assert read("python/large.bin") == large
with refused():
    put_blob("python/x", b"x", access="public")
delete_blob([one.url, "python/missing"])
delete_blob(names())
assert names() == []
