"""Examples shared by the tests of files."""

from typing import Any

import httpx2

ADA, BOB = "ada@example.com", "bob@example.com"
FILES = "/api/v1/files"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8
TEXT = b"So it begins.\n"


async def upload(
    client: httpx2.AsyncClient, content: Any = TEXT, *, name: str = "a.txt", **headers: str
) -> httpx2.Response:
    return await client.post(
        FILES,
        params={"name": name},
        content=content,
        headers={key.replace("_", "-"): value for key, value in headers.items()},
    )
