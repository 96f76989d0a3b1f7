"""Files are streamed in both directions: no file is in memory as a whole."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from app.integrations.blob.settings import BlobSettings
from devtools.fakes.blob import TOKEN
from tests.conftest import ClientFor
from tests.integrations.blob.conftest import Fake
from tests.integrations.blob.examples import ADA, FILES, upload
from tests.serving import serving

MEGABYTE = 1_000_000
LARGE = 64
SERVICE = """
from app import main
from pathlib import Path

def create_app():
    app = main.create_app()

    @app.get("/peak")
    async def read_peak() -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    return app
"""


async def zeros(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b"0" * MEGABYTE


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read on Linux")
async def test_large_files_need_no_more_memory_than_small_ones(
    committed_database: AsyncEngine, client_for: ClientFor, fake: Fake, tmp_path: Path
) -> None:
    ada, settings = await client_for(ADA), fake.settings()
    with ExitStack() as opened:
        server = opened.enter_context(
            serving(
                SERVICE, folder=tmp_path, environment=environment(committed_database.url, settings)
            )
        )
        async with httpx2.AsyncClient(
            base_url=server.address, headers=ada.headers, timeout=60
        ) as client:
            await transfer(client, 1)
            small = (await client.get("/peak")).json()
            await transfer(client, LARGE)
            grown = (await client.get("/peak")).json() - small
    assert grown * 1024 < LARGE * MEGABYTE / 4, f"{grown} KiB more"


async def transfer(client: httpx2.AsyncClient, megabytes: int) -> None:
    created = await upload(
        client, zeros(megabytes), content_length=str(megabytes * MEGABYTE), name="zeros.txt"
    )
    assert created.status_code == 201, created.text
    content = f"{FILES}/{created.json()['data']['id']}/content"
    async with client.stream("GET", content) as response:
        read = [len(part) async for part in response.aiter_bytes()]
    assert sum(read) == megabytes * MEGABYTE


def environment(url: URL, settings: BlobSettings) -> dict[str, str]:
    return {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "BLOB_READ_WRITE_TOKEN": TOKEN,
        "BLOB_API_URL": settings.blob_api_url,
        "BLOB_CONTENT_URL": settings.blob_content_url,
    }
