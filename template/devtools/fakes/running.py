"""Fakes as processes that end with the program that needs them."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import uvicorn

SERVICE_ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"


def run_fake(name: str, *, create_app: str, tell: Callable[[str], None]) -> str:
    """Start a fake in a process of its own, which ends after this process.

    If another program replaces this process (`exec`), the fake ends after that program.

    Args:
        name: The name of the service that it replaces.
        create_app: The function that makes its ASGI app: `package.module:function`.
        tell: Prints a line for the developer.

    Returns:
        Its address, once it responds there.

    Raises:
        SystemExit: It did not start; the reason has been printed.
    """
    if sys.platform == "win32":
        sys.exit(f"the fake {name} needs Linux or macOS. Configure the real one: see .env.example.")
    ends, lease = os.pipe()  # Nothing is written to the lease: `ends` closes with its last holder.
    with socket.create_server((HOST, 0)) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        handed_down = [listener.fileno(), ends]
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, create_app, *map(str, handed_down)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=SERVICE_ROOT,
            env=os.environ | {"PYTHONPATH": str(SERVICE_ROOT)},
            pass_fds=handed_down,
            start_new_session=True,  # Ctrl-C is for the service, which may need the fake to finish.
        )
    os.close(ends)
    with cast("IO[bytes]", process.stdout) as output:
        is_ready = output.readline() == b"ready\n"
    process.returncode = 0  # It ends with the lease, so nothing waits for it.
    if not is_ready:
        sys.exit(f"the fake {name} did not start")
    os.set_inheritable(lease, True)  # noqa: FBT003 (the parameter has no name)
    tell(f"a fake {name} replaces the real one: {address}")
    return address


class _AnnouncingServer(uvicorn.Server):
    """Prints `ready` once it responds."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            os.write(1, b"ready\n")
            os.dup2(2, 1)


def _serve(create_app: str, *, listener: int, ends: int) -> None:
    threading.Thread(target=_end_after, args=[ends], daemon=True).start()
    config = uvicorn.Config(create_app, factory=True, log_level="warning", access_log=False)
    _AnnouncingServer(config).run(sockets=[socket.socket(fileno=listener)])


def _end_after(ends: int) -> None:
    os.read(ends, 1)
    os._exit(0)  # A fake has nothing to clean up.


if __name__ == "__main__":
    _serve(sys.argv[1], listener=int(sys.argv[2]), ends=int(sys.argv[3]))
