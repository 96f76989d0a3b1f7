"""Endpoints."""

import zlib

from fastapi import Depends, Request, UploadFile

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, Router
from app.core.guards import RateLimit
from app.core.http import HttpClient

router = Router(prefix=f"{API_V1}/unbounded-uploads", tags=["unbounded-uploads"])

LIMIT = Depends(RateLimit("10/hour", name="invalid_uploads"))


async def unpack(content: bytes) -> bytes:
    """Unpack a file."""
    return zlib.decompress(content)  # violates: unbounded-upload


async def read_file(file: UploadFile) -> bytes:
    """Return a file as a whole."""
    return await file.read()  # violates: unbounded-upload


async def download(client: HttpClient) -> bytes:
    """Return a file of another service."""
    content = b""
    async with client.stream("GET", "/file") as response:
        async for part in response.aiter_bytes():
            content += part  # violates: unbounded-upload
    return content


@router.put("/first", status_code=204, dependencies=[LIMIT])
async def store_large_upload(_: CurrentUser, request: Request) -> None:
    """Store a file."""
    request.scope["max_body_bytes"] = 5_000_000_000
    await unpack(await request.body())  # violates: unbounded-upload
