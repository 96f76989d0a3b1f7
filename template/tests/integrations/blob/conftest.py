"""Vercel's stand-in on a port of this machine, and the app with its files kept there."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.owned import ALL_OWNERS
from app.core.db import AsyncSessionLocal
from app.core.guards.rate_limit import InMemoryRateLimitBackend
from app.core.services import get
from app.integrations.blob.models import SERVICE, BlobFile, BlobUsage
from app.integrations.blob.module import open_store
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore
from app.settings import Environment
from devtools.fakes.blob import TOKEN, create_app
from tests.serving import Stage, address_of
from tests.waiting import wait_until


@dataclass(frozen=True)
class Fake:
    """A store at "Vercel"."""

    address: str
    folder: Path

    def settings(self, **changes: Any) -> BlobSettings:
        """Return settings that lead there; a slow machine does not make it away."""
        given: dict[str, Any] = {
            "blob_read_write_token": SecretStr(TOKEN),
            "blob_api_url": f"{self.address}/api/blob",
            "blob_content_url": f"{self.address}/content",
            "blob_timeout_seconds": 60,
        }
        return BlobSettings(environment=Environment.TEST, **(given | changes))

    def kept(self) -> dict[str, int]:
        """Return what it keeps, with the sizes."""
        root = self.folder / "content"
        paths = [path for path in root.rglob("*") if path.is_file()]
        return {path.relative_to(root).as_posix(): path.stat().st_size for path in paths}

    def place(self, pathname: str, content: bytes) -> Path:
        """Put a file there past its API."""
        path = self.folder / "content" / pathname
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    get(InMemoryRateLimitBackend).clear()


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    """A server in a thread of its own, and its address."""
    stage = Stage()
    server = uvicorn.Server(uvicorn.Config(stage, log_level="warning", lifespan="off"))
    with listening() as listener:
        thread = threading.Thread(target=server.run, args=[[listener]])
        thread.start()
        yield stage, address_of(listener)
        server.should_exit = True
        thread.join()


@pytest.fixture
def fake(tmp_path: Path, stage: tuple[Stage, str]) -> Fake:
    """The stand-in of this test."""
    folder = tmp_path / "vercel"
    stage[0].app = create_app(folder)
    return Fake(stage[1], folder)


@pytest.fixture
def blob_settings(fake: Fake) -> BlobSettings:
    """What the service runs with in a test; a module may override it."""
    return fake.settings()


@pytest.fixture
async def store(app: FastAPI, blob_settings: BlobSettings) -> AsyncIterator[BlobStore]:
    """The store that the service keeps files in during a test."""
    async with kept_as(app, blob_settings) as store:
        yield store


@asynccontextmanager
async def kept_as(app: FastAPI, settings: BlobSettings) -> AsyncIterator[BlobStore]:
    before = app.state.configuration[BlobSettings]
    app.state.configuration[BlobSettings] = settings
    try:
        async with open_store(settings) as store:
            yield store
    finally:
        app.state.configuration[BlobSettings] = before


@pytest.fixture
async def served(
    app: FastAPI, committed_database: AsyncEngine, store: BlobStore
) -> AsyncIterator[str]:
    """The address of the app on a port, in this process and on the test's own database."""
    assert committed_database
    assert store
    config = uvicorn.Config(app, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    with listening() as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await wait_until(lambda: server.started)
        yield address_of(listener)
        server.should_exit = True
        await running


async def used() -> dict[str, int]:
    """Return the bytes that are taken: by "service", and by users in the order they came."""
    async with AsyncSessionLocal() as session:
        rows = await session.scalars(select(BlobUsage).order_by(BlobUsage.holder))
        return {
            "service" if row.holder == SERVICE else str(row.holder): row.used_bytes for row in rows
        }


async def states() -> list[str]:
    """Return the states of all files, in the order in which they came."""
    async with AsyncSessionLocal() as session:
        found = select(BlobFile.state).order_by(BlobFile.id).options(ALL_OWNERS)
        return list(await session.scalars(found))
