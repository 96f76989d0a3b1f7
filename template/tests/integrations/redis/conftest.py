"""A real Valkey, shared or of one test, and apps that use it."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis import Redis as SyncRedis

from app.integrations.redis.settings import RedisSettings
from app.main import create_app
from app.settings import Environment, Settings
from devtools.valkey import ValkeyUnavailable, find_valkey, lease_valkey
from devtools.valkey.server import start_server

AppFor = Callable[..., FastAPI]


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a server: TEST_REDIS_URL, or an embedded one."""
    try:
        url = os.environ.get("TEST_REDIS_URL")
        return url or lease_valkey(tmp_path_factory.mktemp("valkey"))
    except ValkeyUnavailable as error:
        if os.environ.get("CI"):
            pytest.exit(f"no Valkey for the tests: {error}", returncode=1)
        pytest.skip(f"no Valkey for the tests: {error}")


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty server."""
    with SyncRedis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


class OwnValkey:
    """A server that can be killed, frozen and restarted."""

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self.url = f"unix://{socket_path}"
        self.start()

    def command(self, line: str) -> None:
        with SyncRedis.from_url(self.url) as client:
            client.execute_command(*line.split())

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = start_server(find_valkey(), self.socket_path)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def start_valkey(redis_server: str, tmp_path: Path) -> Iterator[Callable[[str], OwnValkey]]:
    """Start a server for this test only: `start_valkey("own")`."""
    assert redis_server
    servers: list[OwnValkey] = []

    def start(name: str) -> OwnValkey:
        servers.append(OwnValkey(tmp_path / f"{name}.sock"))
        return servers[-1]

    yield start
    for server in servers:
        server.thaw()
        server.kill()


@pytest.fixture
def own_valkey(start_valkey: Callable[[str], OwnValkey]) -> OwnValkey:
    """A server for this test only."""
    return start_valkey("own")


@pytest.fixture
def app_for(settings: Settings) -> AppFor:
    """Make an app that uses a server: `app_for(url)`; its timeout suits a slow machine."""

    def make(url: str, *, timeout_seconds: float = 5) -> FastAPI:
        redis = RedisSettings(
            environment=Environment.TEST,
            redis_url=SecretStr(url),
            redis_timeout_seconds=timeout_seconds,
        )
        return create_app(settings, redis)

    return make


@pytest.fixture
async def used_url(redis_url: str, app_for: AppFor) -> AsyncIterator[str]:
    """The address of an empty server, and a running app that uses it."""
    app = app_for(redis_url)
    async with app.router.lifespan_context(app):
        yield redis_url
