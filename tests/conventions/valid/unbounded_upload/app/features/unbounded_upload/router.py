"""Endpoints."""

import zlib

from fastapi import Depends, Request, UploadFile

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router
from app.core.guards import RateLimit
from app.core.http import HttpClient

router = Router(prefix=f"{API_V1}/unbounded-uploads", tags=["unbounded-uploads"])

LIMIT = Depends(RateLimit("10/hour", name="valid_uploads"))

MAX_BYTES = 5_000_000


async def unpack(content: bytes) -> bytes:
    """Unpack a file, of which not more than a part is kept."""
    return zlib.decompressobj().decompress(content, max_length=MAX_BYTES)


async def read_file(file: UploadFile) -> bytes:
    """Return the first part of a file."""
    return await file.read(MAX_BYTES)


async def download(client: HttpClient) -> bytes:
    """Return a file of another service, unless it is too large."""
    content = b""
    async with client.stream("GET", "/file") as response:
        async for part in response.aiter_bytes():
            content += part
            if len(content) > MAX_BYTES:
                break
    return content


@router.put("/first", status_code=204, dependencies=[LIMIT])
async def store_small_upload(_: CurrentUser, request: Request) -> None:
    """Store a file within the limit of the service."""
    await unpack(await request.body())
