"""The embedded Valkey starts with its first client and stops after its last one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from devtools.locks import is_locked
from devtools.valkey import ValkeyUnavailable, find_valkey, server
from devtools.valkey.development import DevSettings, provide_valkey
from tests.devtools.conftest import wait_until

SERVICE_ROOT = Path(__file__).parents[3]
CLIENT = """
import sys
from pathlib import Path
from devtools.valkey import lease_valkey
print(lease_valkey(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class Client:
    """A process with a lease."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=SERVICE_ROOT,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A folder whose path has a space."""
    folder = tmp_path / "my data"
    folder.mkdir()
    yield folder
    wait_until(lambda: not is_locked(folder / f"uid-{os.geteuid()}" / "supervisor.lock"))


def test_clients_share_a_server_that_stops_after_the_last_was_killed(directory: Path) -> None:
    one, two = Client(directory), Client(directory)
    try:
        assert one.url == two.url
        with Redis.from_url(one.url) as redis:
            redis.set("shared", "yes")
            one.kill()
            assert redis.get("shared") == b"yes"
    finally:
        one.kill()
        two.kill()
    wait_until(lambda: not is_locked(directory / f"uid-{os.geteuid()}" / "supervisor.lock"))
    three = Client(directory)
    with Redis.from_url(three.url) as redis:
        assert redis.get("shared") is None
    three.kill()


def test_a_configured_redis_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "development")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    provide_valkey(pytest.fail)
    assert DevSettings().redis_url is not None


def test_production_never_gets_a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("REDIS_URL", raising=False)
    provide_valkey(pytest.fail)
    assert "REDIS_URL" not in os.environ


def test_without_a_program_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_valkey().is_file()
    monkeypatch.setattr(server, "WHEEL", "there_is_no_such_package")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValkeyUnavailable, match="or set REDIS_URL"):
        find_valkey()
