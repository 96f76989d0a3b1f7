"""Starting or joining the server of a directory."""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from devtools.postgres.account import find_server_account
from devtools.postgres.binaries import find_binaries, make_reachable
from devtools.postgres.errors import PostgresUnavailable
from devtools.postgres.home import choose_socket_folder, open_home
from devtools.postgres.locks import is_locked, lock_exclusive, lock_shared, open_lock
from devtools.postgres.server import Cluster

SERVICE_ROOT = Path(__file__).parents[2]
LOG_LINES_SHOWN = 12

_logger = logging.getLogger(__name__)
_leases: dict[Path, int] = {}


def lease_postgres(
    directory: Path, *, settings: Mapping[str, str], grace_seconds: float, inheritable: bool = False
) -> Path:
    """Start the server whose data live in the directory, or join it, until this process ends.

    Args:
        directory: Where the data live; created when missing.
        settings: Settings of PostgreSQL, used when this call starts the server.
        grace_seconds: How long the server waits for a next client after its last.
        inheritable: Whether a program that replaces this process keeps the lease.

    Returns:
        The folder of the server's socket. User `postgres` needs no password there.

    Raises:
        PostgresUnavailable: No server can be had; the message says what to do.
    """
    if sys.platform == "win32":
        raise PostgresUnavailable(
            "the packaged PostgreSQL needs Linux or macOS. Set DATABASE_URL, and for the tests "
            "TEST_DATABASE_URL, to a server of your own."
        )
    try:
        home = open_home(directory, account=find_server_account())
        sockets = choose_socket_folder(home)
        if home not in _leases:
            _leases[home] = _join(home, sockets, settings=settings, grace_seconds=grace_seconds)
        if inheritable:
            os.set_inheritable(_leases[home], True)  # noqa: FBT003 (it takes no name)
    except OSError as error:
        raise PostgresUnavailable(
            f"a server cannot run in {directory}: {error}. Check room and permissions there, "
            f"or set DATABASE_URL."
        ) from error
    return sockets


def locate_data(directory: Path) -> Path:
    """Return the folder in which the data of the directory's server really are.

    Args:
        directory: What `lease_postgres` was called with.
    """
    return open_home(directory, account=find_server_account())


def _join(home: Path, sockets: Path, *, settings: Mapping[str, str], grace_seconds: float) -> int:
    """Return a descriptor of the clients' lock, held, once the server is there."""
    start_lock = open_lock(home / "start.lock")
    clients_lock = open_lock(home / "clients.lock")
    try:
        lock_exclusive(start_lock)
        lock_shared(clients_lock)  # Waits while a supervisor is stopping its server.
        if not is_locked(home / "supervisor.lock"):
            cluster = _describe_cluster(home, sockets, settings=settings)
            _start_supervisor(cluster, grace_seconds=grace_seconds, start_lock=start_lock)
    except BaseException:
        os.close(clients_lock)
        raise
    finally:
        os.close(start_lock)
    return clients_lock


def _describe_cluster(home: Path, sockets: Path, *, settings: Mapping[str, str]) -> Cluster:
    account = find_server_account()
    binaries = find_binaries()
    if account:
        binaries = make_reachable(binaries, account=account)
    cluster = Cluster(
        home=home, sockets=sockets, binaries=binaries, account=account, settings=settings
    )
    others = sorted(path.name for path in home.glob("data*") if path != cluster.data)
    if others and not cluster.data.exists():
        _logger.warning(
            "PostgreSQL has another major version now and starts empty in %s; the data of the "
            "version before stay beside it in %s.",
            cluster.data,
            ", ".join(others),
        )
    return cluster


def _start_supervisor(cluster: Cluster, *, grace_seconds: float, start_lock: int) -> None:
    # Without site-packages (-S) it starts faster, and nothing that is installed can break it.
    command = [sys.executable, "-S", "-m", "devtools.postgres.supervisor"]
    arguments = [cluster.to_json(), str(grace_seconds), str(start_lock)]
    log = cluster.home / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=cluster.home,
            env=os.environ | {"PYTHONPATH": str(SERVICE_ROOT)},
            pass_fds=[start_lock],
            start_new_session=True,
        )
    with cast("IO[bytes]", process.stdout) as output:
        is_ready = output.readline() == b"ready\n"
    process.returncode = 0  # It outlives us on purpose; nobody is going to wait for it.
    if not is_ready:
        raise PostgresUnavailable(
            f"PostgreSQL did not start:\n{_last_lines(log)}\n"
            f"The whole log is {log}. If the data may be lost, remove {cluster.home} and try "
            f"again; or set DATABASE_URL."
        )


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return "\n".join(f"  {line}" for line in lines)
