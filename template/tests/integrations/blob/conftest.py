"""A fake Vercel Blob on a port of this machine, and the app with its files stored there."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from app.accounts.owned import ALL_OWNERS
from app.core.db import AsyncSessionLocal
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.server.protocol import LimitedProtocol
from app.core.services import get, provide
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage
from app.integrations.blob.module import open_store
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore
from app.settings import Environment
from devtools.fakes.blob import TOKEN, create_app
from devtools.fakes.blob_files import BlobFiles
from tests.serving import Stage, address_of
from tests.waiting import wait_until


@dataclass(frozen=True)
class Fake:
    """A fake store at "Vercel"."""

    address: str
    folder: Path

    def settings(self, **changes: Any) -> BlobSettings:
        """Return settings that lead to it; the limits of transfers suit a slow machine."""
        values: dict[str, Any] = {
            "blob_read_write_token": SecretStr(TOKEN),
            "blob_api_url": f"{self.address}/api/blob",
            "blob_content_url": f"{self.address}/content",
            "blob_timeout_seconds": 60,
            "blob_user_transfers": 100,
            "blob_transfers": 200,
        }
        return BlobSettings(environment=Environment.TEST, **(values | changes))

    @property
    def files(self) -> BlobFiles:
        """Its blobs on disk."""
        return BlobFiles(self.folder)

    def blobs(self) -> dict[str, int]:
        """Return the sizes of its blobs by pathname."""
        return {blob.pathname: blob.size for blob in self.files.search("")}

    def path(self, pathname: str) -> Path:
        """Return the file on disk of a blob."""
        return self.files.path(pathname)

    def add(self, pathname: str, content: bytes) -> Path:
        """Add a blob without its API."""
        path = self.path(pathname)
        path.write_bytes(content)
        return path


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        yield


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    """A server in its own thread, and its address."""
    stage = Stage()
    server = uvicorn.Server(uvicorn.Config(stage, log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=[[listener]])
        thread.start()
        yield stage, address_of(listener)
        server.should_exit = True
        thread.join()


@pytest.fixture
def fake(tmp_path: Path, stage: tuple[Stage, str]) -> Fake:
    """The fake store of this test."""
    folder = tmp_path / "vercel"
    stage[0].app = create_app(folder)
    return Fake(stage[1], folder)


@asynccontextmanager
async def store_for(settings: BlobSettings) -> AsyncIterator[BlobStore]:
    """Run the service with other settings of files, and yield their store."""
    with provide(BlobSettings, settings):
        async with open_store():
            yield get(BlobStore)


@pytest.fixture
async def store(app: FastAPI, fake: Fake) -> AsyncIterator[BlobStore]:
    """The store of the service during a test."""
    assert app
    async with store_for(fake.settings()) as store:
        yield store


@pytest.fixture
async def served(
    app: FastAPI, committed_database: AsyncEngine, store: BlobStore
) -> AsyncIterator[str]:
    """The address of the app on a port, in this process and on the test's own database."""
    assert committed_database
    assert store
    async with serve(app) as address:
        yield address


@asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app in this process, and yield its address."""
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await wait_until(lambda: server.started)
        yield address_of(listener)
        server.should_exit = True
        await running


async def used_bytes() -> dict[str, int]:
    """Return the counted bytes by holder, the service as "service"."""
    async with AsyncSessionLocal() as session:
        rows = await session.scalars(select(BlobUsage).order_by(BlobUsage.holder))
        return {
            "service" if row.holder == SERVICE else str(row.holder): row.used_bytes for row in rows
        }


async def file_states() -> list[str]:
    """Return the states of all files, the oldest first."""
    async with AsyncSessionLocal() as session:
        states = select(BlobFile.state).order_by(BlobFile.id).options(ALL_OWNERS)
        return list(await session.scalars(states))
