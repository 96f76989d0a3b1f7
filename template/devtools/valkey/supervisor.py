"""The process that runs a server for its clients and stops it after the last of them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from devtools.postgres.clients import wait_for_last_client
from devtools.postgres.locks import lock_exclusive, open_lock

START_SECONDS = 10.0
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in <linux/prctl.h>


def supervise(home: Path, socket_path: Path, program: Path, *, grace_seconds: float) -> None:
    """Run the server until it has had no client for the time of grace."""
    # Opened first: the kernel closes a killed process's files in this order, so whoever gets the
    # clients' lock afterwards finds that there is no supervisor.
    supervisor_lock = open_lock(home / "supervisor.lock")
    clients_lock = open_lock(home / "clients.lock")
    lock_exclusive(supervisor_lock)
    socket_path.unlink(missing_ok=True)
    server = start_server(program, socket_path)
    try:
        with suppress(BrokenPipeError):  # Our client has been killed; another may be waiting.
            os.write(1, b"ready\n")
        os.dup2(2, 1)
        wait_for_last_client(server, clients_lock, grace_seconds=grace_seconds)
    finally:
        server.kill()  # It has no data to lose.
        server.wait()
    os.close(supervisor_lock)
    os.close(clients_lock)


def start_server(program: Path, socket_path: Path) -> subprocess.Popen[bytes]:
    """Return a server that answers on the socket, keeps no data, and ends with this process.

    Raises:
        SystemExit: It did not start.
    """
    options = {"port": "0", "unixsocket": str(socket_path), "unixsocketperm": "700"}
    nothing_kept = {"save": "", "appendonly": "no", "dir": str(socket_path.parent)}
    pairs = (options | nothing_kept).items()
    server = subprocess.Popen(
        [program, *(part for name, value in pairs for part in (f"--{name}", value))],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=_stop_with_parent(os.getpid()),  # noqa: PLW1509 (we have but one thread)
    )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(socket_path):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            sys.exit(f"{program} did not start")
        time.sleep(0.005)
    return server


def _answers(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.connect(str(socket_path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False


def _stop_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what makes the kernel stop a new process when this one is killed, on Linux."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def bind() -> None:
        prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def _ask_to_end(*_: object) -> None:
    sys.exit(0)


def main() -> None:
    """Read the command line and supervise."""
    home, socket_path, program, grace = sys.argv[1:]
    signal.signal(signal.SIGTERM, _ask_to_end)
    try:
        supervise(Path(home), Path(socket_path), Path(program), grace_seconds=float(grace))
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
