"""A PostgreSQL cluster: its creation, and the start and stop of its server."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from devtools.locks import open_lock, try_lock_exclusive
from devtools.postgres.account import Account
from devtools.postgres.binaries import read_major_version
from devtools.postgres.data_dir import make_private
from devtools.shared_server import stop_with_parent

STATUS_LINE = 7  # LOCK_FILE_LINE_PM_STATUS of postmaster.pid, counted from 0
FIRST_WITH_BUILTIN_LOCALE = 17
STOP_SECONDS = 10.0


class ServerFailed(RuntimeError):
    """The server did not start; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The files and the settings of a server.

    Attributes:
        data_dir: The folder for all of its files.
        sockets: The folder of its socket.
        binaries: The folder of its programs.
        account: The account that it runs as, if not this process's own.
        settings: The settings of PostgreSQL.
    """

    data_dir: Path
    sockets: Path
    binaries: Path
    account: Account | None
    settings: Mapping[str, str]

    @property
    def pgdata(self) -> Path:
        """The data directory; each major version of PostgreSQL has its own."""
        return self.data_dir / f"data{read_major_version(self.binaries)}"

    @property
    def is_disposable(self) -> bool:
        """True if the data may be lost in a power failure."""
        return self.settings.get("fsync") == "off"

    def to_json(self) -> str:
        """Return the cluster as text, for the command line of its supervisor."""
        account = vars(self.account) if self.account else None
        paths = {name: str(getattr(self, name)) for name in ("data_dir", "sockets", "binaries")}
        return json.dumps({**paths, "account": account, "settings": dict(self.settings)})

    @classmethod
    def from_json(cls, text: str) -> "Cluster":
        """Return the cluster that `to_json` described."""
        raw = json.loads(text)
        return cls(
            data_dir=Path(raw["data_dir"]),
            sockets=Path(raw["sockets"]),
            binaries=Path(raw["binaries"]),
            account=Account(**raw["account"]) if raw["account"] else None,
            settings=raw["settings"],
        )


@contextmanager
def run(description: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server of a cluster for its supervisor.

    Args:
        description: The cluster, by `Cluster.to_json`.

    Raises:
        ServerFailed: The server did not start.
    """
    cluster = Cluster.from_json(description)
    server_lock = open_lock(cluster.data_dir / "server.lock")
    with running_server(cluster, server_lock=server_lock) as server:
        yield server


@contextmanager
def running_server(cluster: Cluster, *, server_lock: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the cluster's server for the duration of a block; create the cluster if it is missing.

    Args:
        cluster: The cluster to run.
        server_lock: A descriptor of `server.lock`, which PostgreSQL inherits.

    Raises:
        ServerFailed: The server did not start.
    """
    data = cluster.pgdata
    _stop_leftover(data, server_lock=server_lock)
    _remove_stale_pid_file(data)
    shutil.rmtree(cluster.sockets, ignore_errors=True)
    make_private(cluster.sockets, owner=cluster.account)
    if not data.exists():
        _make_data(cluster, data, server_lock=server_lock)
    process = _start(cluster, data, server_lock=server_lock)
    try:
        _wait_until_ready(process, data)
        yield process
    finally:
        _stop(process)
        shutil.rmtree(cluster.sockets, ignore_errors=True)


def _make_data(cluster: Cluster, data: Path, *, server_lock: int) -> None:
    """Create the data directory under another name first: a killed initdb leaves no broken one."""
    new = data.with_name("new")
    shutil.rmtree(new, ignore_errors=True)
    make_private(new, owner=cluster.account)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    if read_major_version(cluster.binaries) >= FIRST_WITH_BUILTIN_LOCALE:
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if cluster.is_disposable:
        options.append("--no-sync")
    process = _launch(cluster, ["initdb", f"--pgdata={new}", *options], server_lock=server_lock)
    if process.wait() != 0:
        raise ServerFailed("initdb could not create a data directory")
    new.rename(data)


def _start(cluster: Cluster, data: Path, *, server_lock: int) -> subprocess.Popen[bytes]:
    fixed = {"listen_addresses": "", "port": "5432", "unix_socket_directories": cluster.sockets}
    pairs = {**cluster.settings, **fixed}.items()
    options = [part for name, value in pairs for part in ("-c", f"{name}={value}")]
    return _launch(cluster, ["postgres", "-D", str(data), *options], server_lock=server_lock)


def _launch(cluster: Cluster, command: list[str], *, server_lock: int) -> subprocess.Popen[bytes]:
    program, *arguments = command
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    account = cluster.account
    return subprocess.Popen(
        [cluster.binaries / program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        cwd=cluster.data_dir,
        env=inherited | {"LC_ALL": "C", "TZ": "UTC"},
        pass_fds=[server_lock],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=stop_with_parent(os.getpid()),  # noqa: PLW1509 (this process has one thread)
    )


def _wait_until_ready(process: subprocess.Popen[bytes], data: Path) -> None:
    while _read_pid_file(data)[STATUS_LINE:][:1] != ["ready"] or _read_pid(data) != process.pid:
        if process.poll() is not None:
            raise ServerFailed(f"postgres ended with status {process.returncode}")
        time.sleep(0.01)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Request a fast shutdown, then an immediate one, then kill the process."""
    for request in (signal.SIGINT, signal.SIGQUIT):
        process.send_signal(request)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return
    process.kill()
    process.wait()


def _stop_leftover(data: Path, *, server_lock: int) -> None:
    """Stop a server that has outlived its supervisor; its processes still hold the lock."""
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if try_lock_exclusive(server_lock):
            return
        if pid := _read_pid(data):
            with suppress(ProcessLookupError):
                os.kill(pid, request)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if try_lock_exclusive(server_lock):
                return
            time.sleep(0.02)
    raise ServerFailed(f"an older server of {data} does not stop; kill its processes")


def _remove_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a killed server when another program has its pid now.

    PostgreSQL would take that program for a running server and refuse to start.
    """
    pid = _read_pid(data)
    if pid and _program_of(pid) != "postgres":
        (data / "postmaster.pid").unlink(missing_ok=True)


def _program_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    command = ["ps", "-o", "comm=", "-p", str(pid)]
    with suppress(OSError):
        found = subprocess.run(command, check=False, capture_output=True, text=True)
        return Path(found.stdout.strip()).name
    return "postgres"  # Unknown: leave the decision to PostgreSQL.


def _read_pid(data: Path) -> int | None:
    lines = _read_pid_file(data)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _read_pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []
