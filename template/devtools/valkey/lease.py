"""Starting or joining the server of a directory."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, cast

from devtools.postgres.home import choose_socket_folder, make_private, open_home
from devtools.postgres.locks import is_locked, lock_exclusive, lock_shared, open_lock
from devtools.valkey.binaries import ValkeyUnavailable, find_valkey

SERVICE_ROOT = Path(__file__).parents[2]
SOCKET = "valkey.sock"

_leases: dict[Path, int] = {}


def lease_valkey(directory: Path, *, grace_seconds: float = 0, inheritable: bool = False) -> str:
    """Start the server of the directory, or join it, until this process ends.

    Args:
        directory: Where its socket and its log live; created when missing.
        grace_seconds: How long the server waits for a next client after its last.
        inheritable: Whether a program that replaces this process keeps the lease.

    Returns:
        The address, for REDIS_URL.

    Raises:
        ValkeyUnavailable: No server can be had; the message says what to do.
    """
    if sys.platform == "win32":
        raise ValkeyUnavailable("the packaged Valkey needs Linux or macOS. Set REDIS_URL.")
    try:
        home = open_home(directory, account=None)
        sockets = choose_socket_folder(home)
        if home not in _leases:
            _leases[home] = _join(home, sockets, grace_seconds=grace_seconds)
        if inheritable:
            os.set_inheritable(_leases[home], True)  # noqa: FBT003 (it takes no name)
    except OSError as error:
        raise ValkeyUnavailable(f"a Valkey cannot run in {directory}: {error}") from error
    return f"unix://{sockets / SOCKET}"


def _join(home: Path, sockets: Path, *, grace_seconds: float) -> int:
    """Return a descriptor of the clients' lock, held, once the server is there."""
    start_lock = open_lock(home / "start.lock")
    clients_lock = open_lock(home / "clients.lock")
    try:
        lock_exclusive(start_lock)
        lock_shared(clients_lock)  # Waits while a supervisor is stopping its server.
        if not is_locked(home / "supervisor.lock"):
            make_private(sockets)
            _start_supervisor(home, sockets, grace_seconds=grace_seconds)
    except BaseException:
        os.close(clients_lock)
        raise
    finally:
        os.close(start_lock)
    return clients_lock


def _start_supervisor(home: Path, sockets: Path, *, grace_seconds: float) -> None:
    command = [sys.executable, "-S", "-m", "devtools.valkey.supervisor"]
    log = home / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*command, str(home), str(sockets / SOCKET), str(find_valkey()), str(grace_seconds)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(SERVICE_ROOT)},
            start_new_session=True,
        )
    with cast("IO[bytes]", process.stdout) as output:
        is_ready = output.readline() == b"ready\n"
    process.returncode = 0  # It outlives us on purpose; nobody is going to wait for it.
    if not is_ready:
        raise ValkeyUnavailable(f"Valkey did not start; {log} says why. Or set REDIS_URL.")
