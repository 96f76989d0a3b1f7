"""A folder for clusters, and client processes that can be killed."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from devtools.locks import is_locked
from devtools.postgres.binaries import find_binaries

SERVICE_ROOT = Path(__file__).parents[2]
CLIENT = """
import json, sys
from pathlib import Path
from devtools.postgres import PostgresUnavailable, lease_postgres
directory, grace, settings = sys.argv[1:]
try:
    sockets = lease_postgres(
        Path(directory), settings=json.loads(settings), grace_seconds=float(grace)
    )
except PostgresUnavailable as error:
    sys.exit(str(error))
print(sockets, flush=True)
sys.stdin.read()
"""


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        pause(0.01)


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    with suppress(OSError):
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def parent_of(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    query = ["ps", "-o", "ppid=", "-p", str(pid)]
    return int(subprocess.run(query, check=True, capture_output=True, text=True).stdout)


class Client:
    """A process that holds a lease until it is ended."""

    def __init__(
        self,
        directory: Path,
        *,
        grace_seconds: float = 0,
        settings: Mapping[str, str] | None = None,
        binaries: Path | None = None,
        python: str = sys.executable,
        user: int | None = None,
        group: int | None = None,
    ) -> None:
        chosen = {"DEV_POSTGRES_BIN": str(binaries or find_binaries())}
        choices = {"fsync": "off", **(settings or {})}
        self.process = subprocess.Popen(
            [python, "-c", CLIENT, str(directory), str(grace_seconds), json.dumps(choices)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=SERVICE_ROOT,
            env=os.environ | chosen | {"PYTHONPATH": str(SERVICE_ROOT)},
            text=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        self._sockets: Path | None = None

    @property
    def sockets(self) -> Path:
        if self._sockets is None:
            assert self.process.stdout
            line = self.process.stdout.readline()
            assert line, self.error()
            self._sockets = Path(line.removesuffix("\n"))
        return self._sockets

    @property
    def server_pid(self) -> int:
        lock = self.sockets / ".s.PGSQL.5432.lock"
        return int(lock.read_text().splitlines()[0])

    def error(self) -> str:
        return self.process.communicate()[1]

    def end(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def wait_for_supervisor(self) -> None:
        if self._sockets:
            lock = self._sockets.parent / "supervisor.lock"
            wait_until(lambda: not lock.exists() or not is_locked(lock))


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A short folder with a space in its name that the server's account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="dev postgres "))
    folder.chmod(0o755)
    yield folder
    wait_until(lambda: not any(folder.glob("**/.s.PGSQL.5432")))
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def directory(place: Path) -> Path:
    """The directory of one cluster for all of these tests; its first creation was killed."""
    half_made = place / "clusters" / f"uid-{os.geteuid()}" / "new" / "base"
    half_made.mkdir(parents=True)
    return place / "clusters"


@pytest.fixture
def start_client() -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def start(directory: Path, **how: Any) -> Client:
        clients.append(Client(directory, **how))
        return clients[-1]

    yield start
    for client in clients:
        client.kill()
    for client in clients:
        client.wait_for_supervisor()
